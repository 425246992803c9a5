// What the Glibc module leaves out.
#include <malloc.h>
#include <sys/timex.h>
