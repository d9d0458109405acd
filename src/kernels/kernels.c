/* Choosing kernels: plain C first, then whatever the tier replaces. */
#include "kernels.h"

#include <pthread.h>

#include "ref/portable.h"
#if defined(__x86_64__)
#include "x86/tiers.h"
#endif

static px_kernels tables[PX_CPU_TIERS];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void fill_tables(void) {
    for (int tier = 0; tier < PX_CPU_TIERS; tier++) {
        px_k_use_portable(&tables[tier]);
#if defined(__x86_64__)
        if (tier >= PX_CPU_AVX2)
            px_k_use_avx2(&tables[tier]);
        if (tier >= PX_CPU_AVX512)
            px_k_use_avx512(&tables[tier]);
#endif
    }
}

const px_kernels *px_kernels_of(px_cpu_tier tier) {
    pthread_once(&filled, fill_tables);
    return &tables[tier >= 0 && tier < PX_CPU_TIERS ? tier : PX_CPU_PORTABLE];
}
