// Duktape's functions are mostly macros, which Swift does not see; and what a process does to lock
// itself in takes structures that are easier to fill here.
#include <duktape.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// Hidden by the C library where extensions are not asked for.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

static inline int codec_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

// What one heap may take, in bytes, and what it has taken.
struct codec_budget {
    size_t limit;
    size_t used;
};

// Before each block stands its size.
#define CODEC_HEADER 16

static inline void *codec_allocate(void *budget, duk_size_t size) {
    struct codec_budget *b = (struct codec_budget *)budget;
    if (size == 0 || size > b->limit || b->used + size + CODEC_HEADER > b->limit) return NULL;
    char *block = (char *)malloc(size + CODEC_HEADER);
    if (!block) return NULL;
    *(size_t *)block = size;
    b->used += size + CODEC_HEADER;
    return block + CODEC_HEADER;
}

static inline void codec_release(void *budget, void *pointer) {
    if (!pointer) return;
    char *block = (char *)pointer - CODEC_HEADER;
    ((struct codec_budget *)budget)->used -= *(size_t *)block + CODEC_HEADER;
    free(block);
}

static inline void *codec_reallocate(void *budget, void *pointer, duk_size_t size) {
    struct codec_budget *b = (struct codec_budget *)budget;
    if (!pointer) return codec_allocate(budget, size);
    if (size == 0) {
        codec_release(budget, pointer);
        return NULL;
    }
    char *block = (char *)pointer - CODEC_HEADER;
    size_t before = *(size_t *)block;
    if (size > b->limit || b->used - before + size > b->limit) return NULL;
    char *moved = (char *)realloc(block, size + CODEC_HEADER);
    if (!moved) return NULL;
    *(size_t *)moved = size;
    b->used = b->used - before + size;
    return moved + CODEC_HEADER;
}

// What Duktape cannot go on from: the process ends, and its parent starts another.
static inline void codec_fatal(void *budget, const char *message) {
    (void)budget;
    (void)message;
    _exit(70);
}

static inline duk_context *codec_heap(struct codec_budget *budget) {
    return duk_create_heap(codec_allocate, codec_reallocate, codec_release, budget, codec_fatal);
}

struct codec_script {
    const char *prelude;
    size_t prelude_length;
    const char *source;
    size_t source_length;
};

// The prelude is an expression whose value is called with the global object once before and once after
// the codec; the second call returns what runs it.
static inline duk_ret_t codec_load_unsafe(duk_context *context, void *argument) {
    struct codec_script *script = (struct codec_script *)argument;
    duk_push_lstring(context, script->prelude, script->prelude_length);
    duk_push_string(context, "prelude");
    duk_compile(context, DUK_COMPILE_EVAL);
    duk_call(context, 0);
    duk_push_global_object(context);
    duk_call(context, 1);
    duk_push_lstring(context, script->source, script->source_length);
    duk_push_string(context, "codec");
    duk_compile(context, 0);
    duk_call(context, 0);
    duk_pop(context);
    duk_call(context, 0);
    duk_push_global_stash(context);
    duk_swap_top(context, -2);
    duk_put_prop_string(context, -2, "run");
    duk_pop(context);
    return 0;
}

struct codec_call {
    const char *function;
    const char *input;
    size_t input_length;
};

static inline duk_ret_t codec_call_unsafe(duk_context *context, void *argument) {
    struct codec_call *call = (struct codec_call *)argument;
    duk_push_global_stash(context);
    duk_get_prop_string(context, -1, "run");
    duk_push_string(context, call->function);
    duk_push_lstring(context, call->input, call->input_length);
    duk_call(context, 2);
    return 1;
}

// An error as text, with its line where it has one. Replaces the value on top.
static inline duk_ret_t codec_explain_unsafe(duk_context *context, void *argument) {
    (void)argument;
    duk_int_t line = 0;
    if (duk_is_object(context, -1)) {
        duk_get_prop_string(context, -1, "lineNumber");
        line = duk_to_int(context, -1);
        duk_pop(context);
    }
    duk_safe_to_string(context, -1);
    if (line > 0 && !strstr(duk_get_string(context, -1), "(line ")) {
        duk_push_sprintf(context, "%s (line %d)", duk_get_string(context, -1), (int)line);
    }
    return 1;
}

// 0 when it went well. The value, or the error as text, is on top; NULL where there is none.
static inline int codec_finish(duk_context *context, int failed) {
    if (failed) duk_safe_call(context, codec_explain_unsafe, NULL, 1, 1);
    return failed;
}

static inline int codec_load(duk_context *context, struct codec_script *script) {
    return codec_finish(context, duk_safe_call(context, codec_load_unsafe, script, 0, 1));
}

static inline int codec_run(duk_context *context, struct codec_call *call) {
    return codec_finish(context, duk_safe_call(context, codec_call_unsafe, call, 0, 1));
}

static inline const char *codec_text(duk_context *context, size_t *length) {
    return duk_get_lstring(context, -1, length);
}

static inline void codec_drop(duk_context *context) { duk_set_top(context, 0); }

static inline void codec_heap_free(duk_context *context) { duk_destroy_heap(context); }

// SIGPROF ends the process once it has computed for so long; 0 takes that back.
static inline void codec_limit_time(long microseconds) {
    struct itimerval timer = {{0, 0}, {microseconds / 1000000, microseconds % 1000000}};
    setitimer(ITIMER_PROF, &timer, NULL);
}

#if defined(__x86_64__)
#define CODEC_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CODEC_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define CODEC_ALLOW(number) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

// From here on, for all threads: reading and writing what is open, memory, timers, time and ending. Anything else that
// is asked of the kernel is refused. Returns 0, or what the kernel said.
static inline int codec_confine_calls(void) {
#ifdef CODEC_ARCHITECTURE
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CODEC_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        CODEC_ALLOW(__NR_read), CODEC_ALLOW(__NR_write), CODEC_ALLOW(__NR_exit_group),
        CODEC_ALLOW(__NR_exit), CODEC_ALLOW(__NR_brk), CODEC_ALLOW(__NR_mmap), CODEC_ALLOW(__NR_munmap),
        CODEC_ALLOW(__NR_mremap), CODEC_ALLOW(__NR_madvise), CODEC_ALLOW(__NR_mprotect),
        CODEC_ALLOW(__NR_futex), CODEC_ALLOW(__NR_setitimer), CODEC_ALLOW(__NR_clock_gettime),
        CODEC_ALLOW(__NR_gettimeofday), CODEC_ALLOW(__NR_rt_sigreturn), CODEC_ALLOW(__NR_rt_sigprocmask),
        CODEC_ALLOW(__NR_restart_syscall), CODEC_ALLOW(__NR_getrandom),
        // The runtime's other threads wait; they have nothing else to do.
        CODEC_ALLOW(__NR_epoll_pwait), CODEC_ALLOW(__NR_rt_sigsuspend), CODEC_ALLOW(__NR_sched_yield),
#ifdef __NR_epoll_wait
        CODEC_ALLOW(__NR_epoll_wait),
#endif
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    if (syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) return errno;
#endif
    return 0;
}

static inline void codec_limit(int resource, unsigned long amount) {
    struct rlimit limit = {amount, amount};
    setrlimit(resource, &limit);
}

// No file to open, no process to start, no core, so much memory of its own; ends with its parent.
static inline void codec_confine(unsigned long data_bytes) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    codec_limit(RLIMIT_CORE, 0);
    codec_limit(RLIMIT_NOFILE, 0);
    codec_limit(RLIMIT_NPROC, 0);
    codec_limit(RLIMIT_FSIZE, 0);
    codec_limit(RLIMIT_DATA, data_bytes);
    signal(SIGPROF, SIG_DFL);
}
