/* What the processor can do, and the mask that hides some of it (PERXEPTRON_CPU). */
#ifndef PX_BASE_CPU_H
#define PX_BASE_CPU_H

#include "perxeptron.h"

enum { PX_CPU_MOST_THREADS = 1024 };

/** Kernel tiers of the architecture that this is built for, each including the ones before it. */
typedef enum {
    PX_CPU_PORTABLE = 0, /**< plain C */
#if defined(__x86_64__)
    PX_CPU_AVX2,   /**< x86-64-v3: AVX2, FMA and F16C, with the system saving YMM state */
    PX_CPU_AVX512, /**< x86-64-v4: AVX-512 F, BW, DQ, VL, with ZMM state saved */
#elif defined(__aarch64__)
    PX_CPU_NEON, /**< 64-bit Arm: Advanced SIMD, which all of them have */
#endif
    PX_CPU_TIERS
} px_cpu_tier;

/** Best tier that the machine has and the environment variable PERXEPTRON_CPU (a tier's name)
 *  allows; the name of no tier of this architecture is ignored. */
px_cpu_tier px_cpu_best(void);
const char *px_cpu_tier_name(px_cpu_tier tier);
/** Processors this process may use: affinity mask and cgroup CPU quota (v1, v2), at least 1. */
int px_cpu_count(void);
/** Keep this thread on one processor, the `index`-th of those it may use, round and round: only
 *  where the environment variable PERXEPTRON_PIN is 1. Else the system puts it where there is room,
 *  which is better on a machine that does other work, too. */
void px_cpu_pin(int index);

/** Threads to use where nobody says how many: the environment variable PERXEPTRON_THREADS (1 to
 *  1024; anything else is ignored), or px_cpu_count(), at most 1024. */
int px_cpu_threads(void);

/** Let the threads of other work go first: the calling thread only gets what they leave (nice 10),
 *  from now on. */
void px_cpu_step_back(void);

#endif
