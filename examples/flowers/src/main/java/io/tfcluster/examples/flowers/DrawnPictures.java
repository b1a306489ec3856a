package io.tfcluster.examples.flowers;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Flowers of our own drawing, the kinds taking turns. */
record DrawnPictures(int pictures, long seed) implements PictureSource {

    DrawnPictures {
        if (pictures < 10) {
            throw new IllegalArgumentException("--draw needs 10 pictures or more, got " + pictures);
        }
    }

    @Override
    public List<String> classes() {
        return Blossom.KINDS.stream().map(Blossom::className).toList();
    }

    @Override
    public long count() {
        return pictures;
    }

    @Override
    public Iterator<Candidate> candidates() {
        FlowerPainter painter = new FlowerPainter(seed);
        return IntStream.range(0, pictures)
                .<Candidate>mapToObj(i -> new Drawing(painter, i))
                .iterator();
    }

    @Override
    public String description() {
        return String.format(Locale.ROOT, "%,d drawn pictures (seed %d), no photographs", pictures, seed);
    }

    @Override
    public String collection() {
        return "drawn" + FlowerPainter.VERSION + "_" + pictures + "_" + Long.toUnsignedString(seed);
    }

    private record Drawing(FlowerPainter painter, int number) implements Candidate {
        @Override
        public String name() {
            return String.format(Locale.ROOT, "%s/%05d.jpg", kind().className(), number);
        }

        @Override
        public int label() {
            return Blossom.KINDS.indexOf(kind());
        }

        @Override
        public byte[] read() {
            return painter.jpeg(kind(), number);
        }

        private Blossom kind() {
            return Blossom.KINDS.get(number % Blossom.KINDS.size());
        }
    }
}
