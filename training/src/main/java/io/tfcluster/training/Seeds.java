package io.tfcluster.training;

/** Derives seeds from seeds. */
final class Seeds {
    private Seeds() {}

    /** Returns a seed for a named thing: FNV-1a over the name, folded into the seed, well mixed. */
    static long mix(long seed, String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return mix(seed, hash);
    }

    /** Returns a seed that depends on both values (the finaliser of SplitMix64). */
    static long mix(long seed, long value) {
        long z = seed * 0x9e3779b97f4a7c15L + value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
