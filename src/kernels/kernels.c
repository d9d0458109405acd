/* Choosing kernels: the table of a tier. */
#include "kernels.h"
#include "train_kernels.h"

#include "ref/portable.h"
#if defined(__x86_64__)
#include "x86/tiers.h"
#elif defined(__aarch64__)
#include "arm/neon.h"
#endif

const px_kernels *px_kernels_of(px_cpu_tier tier) {
    switch (tier) {
#if defined(__x86_64__)
    case PX_CPU_AVX512:
        return &px_k_avx512;
    case PX_CPU_AVX2:
        return &px_k_avx2;
#elif defined(__aarch64__)
    case PX_CPU_NEON:
        return &px_k_neon;
#endif
    default:
        return &px_k_portable;
    }
}

const px_train_kernels *px_train_kernels_of(px_cpu_tier tier) {
    switch (tier) {
#if defined(__x86_64__)
    case PX_CPU_AVX512:
        return &px_k_train_avx512;
    case PX_CPU_AVX2:
        return &px_k_train_avx2;
#elif defined(__aarch64__)
    case PX_CPU_NEON:
        return &px_k_train_neon;
#endif
    default:
        return &px_k_train_portable;
    }
}
