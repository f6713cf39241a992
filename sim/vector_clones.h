#pragma once
// VECTOR_CLONES before a function: a variant for processors with AVX-512 beside the usual one, chosen when
// the program is loaded. The operations and their order are the same, so no value depends on it.

#if defined(__x86_64__) && defined(__OPTIMIZE__) && defined(__GNUC__) && __GNUC__ >= 12 && \
    !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VECTOR_CLONES __attribute__((target_clones("arch=x86-64-v4", "default")))
#else
#define VECTOR_CLONES
#endif
