/* CPU tiers and the number of processors this process may use. */
#include "cpu.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define BACKGROUND_NICENESS 10

static const char *const tier_names[PX_CPU_TIERS] = {
    [PX_CPU_PORTABLE] = "portable",
#if defined(__x86_64__)
    [PX_CPU_AVX2] = "avx2",
    [PX_CPU_AVX512] = "avx512",
#elif defined(__aarch64__)
    [PX_CPU_NEON] = "neon",
#endif
};

const char *px_cpu_tier_name(px_cpu_tier tier) {
    return tier >= 0 && tier < PX_CPU_TIERS ? tier_names[tier] : "?";
}

#if defined(__x86_64__)
/* Clang 14's __builtin_cpu_supports does not know it. */
static bool has_f16c(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

static px_cpu_tier detect_tier(void) {
#if defined(__x86_64__)
    __builtin_cpu_init(); /* also asks the system which registers it saves */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c())
        return PX_CPU_PORTABLE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return PX_CPU_AVX512;
    return PX_CPU_AVX2;
#elif defined(__aarch64__)
    return PX_CPU_NEON;
#else
    return PX_CPU_PORTABLE;
#endif
}

px_cpu_tier px_cpu_best(void) {
    px_cpu_tier best = detect_tier();
    const char *mask = getenv("PERXEPTRON_CPU");
    for (int i = 0; mask && i < PX_CPU_TIERS; i++) {
        if (strcmp(mask, tier_names[i]) == 0 && (px_cpu_tier)i < best)
            return (px_cpu_tier)i;
    }
    return best;
}

/* Processors in this thread's affinity mask. */
static int count_affinity(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more than cpu_set_t holds */
    return online > 0 ? (int)online : 1;
}

/* Quota over period, rounded up; 0 when there is no quota or the text is something else. */
static int quota_processors(const char *quota, const char *period) {
    char *end;
    long long us = strtoll(quota, &end, 10);
    if (end == quota || us <= 0)
        return 0;
    long long period_us = strtoll(period, &end, 10);
    if (end == period || period_us <= 0 || us / period_us > 1 << 20)
        return 0;
    return (int)((us + period_us - 1) / period_us);
}

static bool read_line(const char *path, char *line, size_t size) {
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool ok = fgets(line, (int)size, file) != NULL;
    fclose(file);
    return ok;
}

/* One cgroup folder's quota, in version 2's file or version 1's pair; 0 for none. */
static int folder_quota(const char *folder) {
    char path[1100], quota[64], period[64];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (read_line(path, quota, sizeof quota)) {
        const char *space = strchr(quota, ' ');
        return space ? quota_processors(quota, space + 1) : 0;
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    if (!read_line(path, quota, sizeof quota))
        return 0;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    return read_line(path, period, sizeof period) ? quota_processors(quota, period) : 0;
}

/* The tightest quota from a group up to the root of its tree; `limit` when none is tighter. */
static int tightest_quota(const char *root, const char *group, int limit) {
    char folder[1024];
    if (snprintf(folder, sizeof folder, "%s%s", root, group) >= (int)sizeof folder)
        return limit;
    size_t root_length = strlen(root);
    for (;;) {
        int quota = folder_quota(folder);
        limit = quota > 0 && quota < limit ? quota : limit;
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= root_length || (size_t)(slash - folder) < root_length)
            return limit;
        *slash = '\0';
    }
}

/* A line of /proc/self/cgroup is "ID:CONTROLLERS:PATH"; version 2 has no controllers in it. */
static int apply_group(char *line, int limit) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return limit;
    *group++ = '\0';
    controllers++;
    if (*controllers == '\0')
        return tightest_quota("/sys/fs/cgroup", group, limit);
    bool cpu = strcmp(controllers, "cpu") == 0 || strcmp(controllers, "cpu,cpuacct") == 0;
    return cpu ? tightest_quota("/sys/fs/cgroup/cpu", group, limit) : limit;
}

int px_cpu_count(void) {
    int count = count_affinity();
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[1024];
    while (file && fgets(line, sizeof line, file))
        count = apply_group(line, count);
    if (file)
        fclose(file);
    return count > 0 ? count : 1;
}

int px_cpu_threads(void) {
    const char *text = getenv("PERXEPTRON_THREADS");
    char *end = NULL;
    long asked = text ? strtol(text, &end, 10) : 0;
    if (text && end != text && *end == '\0' && asked >= 1 && asked <= PX_CPU_MOST_THREADS)
        return (int)asked;
    int processors = px_cpu_count();
    return processors < PX_CPU_MOST_THREADS ? processors : PX_CPU_MOST_THREADS;
}

void px_cpu_pin(int index) {
    const char *wanted = getenv("PERXEPTRON_PIN");
    cpu_set_t set, one;
    if (!wanted || strcmp(wanted, "1") != 0 || sched_getaffinity(0, sizeof set, &set) != 0)
        return;
    int left = index % CPU_COUNT(&set), cpu = 0;
    while (!CPU_ISSET(cpu, &set) || left-- > 0)
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one); /* a wish: elsewhere it runs as well */
}

void px_cpu_step_back(void) {
    const id_t this_thread = 0; /* so it is on Linux; elsewhere the whole process */
    if (getpriority(PRIO_PROCESS, this_thread) < BACKGROUND_NICENESS)
        setpriority(PRIO_PROCESS, this_thread, BACKGROUND_NICENESS);
}
