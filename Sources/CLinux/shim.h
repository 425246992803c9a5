// What the Glibc module leaves out.
#include <sys/timex.h>
