package io.tfcluster.benchmarks.fuzz;

import io.tfcluster.transport.ClusterSecret;
import io.tfcluster.transport.Handshake;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes hostile bytes, noise or something that is nearly right; one per thread. */
final class Mutator {
    private static final int[] LENGTHS = {
        0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 20, (1 << 20) + 1, 1 << 28
    };
    private static final int MAX_NOISE = 400;

    private final Random random;
    private final ClusterSecret secret;
    private final ClusterSecret another = ClusterSecret.random();
    private final String purpose;
    private byte[] recorded = new byte[0];

    Mutator(long seed, ClusterSecret secret, String purpose) {
        this.random = new Random(seed);
        this.secret = secret;
        this.purpose = purpose;
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    byte[] noise(int most) {
        byte[] bytes = new byte[1 + random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    // Noise that needs no challenge.
    byte[] noise() {
        return noise(MAX_NOISE);
    }

    // An answer to a challenge that must be refused.
    byte[] wrongAnswer(byte[] challenge) {
        byte[] right = new Handshake.Initiator(secret, purpose).respond(challenge);
        return switch (random.nextInt(5)) {
            case 0 -> flipped(right);
            case 1 -> new Handshake.Initiator(another, purpose).respond(challenge);
            case 2 -> new Handshake.Initiator(secret, purpose + "x").respond(challenge);
            case 3 -> {
                byte[] replayed = recorded;
                recorded = right;
                yield replayed.length < right.length ? flipped(right) : replayed;
            }
            default -> {
                byte[] exchanged = Arrays.copyOfRange(right, right.length / 2, right.length + right.length / 2);
                System.arraycopy(right, 0, exchanged, right.length / 2, right.length / 2);
                yield exchanged;
            }
        };
    }

    private byte[] flipped(byte[] right) {
        byte[] wrong = right.clone();
        wrong[random.nextInt(wrong.length)] ^= (byte) (1 << random.nextInt(8));
        return wrong;
    }

    // A conversation that an honest peer had, with something wrong in it; noise at times.
    byte[] mutated(List<byte[]> frames, boolean framed) {
        List<byte[]> said = new ArrayList<>(frames);
        int at = random.nextInt(said.size());
        switch (random.nextInt(8)) {
            case 0 -> said.set(at, noise());
            case 1 -> said.remove(at);
            case 2 -> said.add(at, said.get(at));
            case 3 -> said.add(said.remove(at));
            case 4 -> said.set(at, Arrays.copyOf(said.get(at), random.nextInt(said.get(at).length)));
            case 5 -> said.set(at, resized(said.get(at)));
            default -> {
                byte[] changed = said.get(at);
                for (int i = 1 + random.nextInt(4); i > 0; i--) {
                    changed = flipped(changed);
                }
                said.set(at, changed);
            }
        }
        boolean honest = framed && chance(0.8); // lengths that fit, so that what is inside is looked at
        int bytes = said.stream().mapToInt(frame -> frame.length + 4).sum();
        ByteBuffer all = ByteBuffer.allocate(bytes);
        for (byte[] frame : said) {
            if (framed) {
                all.putInt(honest ? frame.length : LENGTHS[random.nextInt(LENGTHS.length)]);
            }
            all.put(frame);
        }
        return Arrays.copyOf(all.array(), all.position());
    }

    private byte[] resized(byte[] frame) {
        byte[] changed = frame.clone();
        if (changed.length >= 4) {
            ByteBuffer.wrap(changed)
                    .putInt(random.nextInt(changed.length - 3), LENGTHS[random.nextInt(LENGTHS.length)]);
        }
        return changed;
    }
}
