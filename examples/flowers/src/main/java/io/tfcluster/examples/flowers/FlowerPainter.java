package io.tfcluster.examples.flowers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.QuadCurve2D;
import java.awt.image.BufferedImage;
import java.awt.image.ConvolveOp;
import java.awt.image.DataBufferInt;
import java.awt.image.Kernel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Draws pictures of flowers, so that the example runs without any photograph.
 *
 * <p>The same seed, kind and number give the same picture, byte for byte, on the same JDK. Place, size, turn, light and background
 * are drawn from the same distributions for every kind, the colours from one palette with the usual one preferred, blades of grass and leaves hide parts, and the background
 * holds blobs in the colours of petals: a linear model on raw pixels is lost here, a convolutional one is not. A test keeps both true.
 */
final class FlowerPainter {

    private static final Color[] PETALS = {
        new Color(245, 245, 240), new Color(250, 205, 40), new Color(240, 140, 30), new Color(215, 40, 45),
        new Color(240, 130, 170), new Color(150, 70, 170), new Color(250, 225, 190), new Color(200, 50, 110)
    };
    private static final Color[] HEARTS = {
        new Color(235, 180, 30), new Color(110, 65, 30), new Color(60, 40, 30), new Color(150, 150, 60)
    };
    private static final Color[] GROUNDS = {
        new Color(70, 115, 55),
        new Color(45, 75, 40),
        new Color(120, 150, 80),
        new Color(140, 180, 215),
        new Color(125, 95, 65),
        new Color(130, 130, 130),
        new Color(35, 40, 45),
        new Color(200, 195, 180)
    };

    /** To be raised with each change of what is drawn: stored pictures of an older version are not taken for these. */
    static final int VERSION = 1;

    private static final int USUAL_PERCENT = 60;

    private final long seed;

    FlowerPainter(long seed) {
        this.seed = seed;
    }

    /**
     * Draws one picture.
     *
     * @return a JPEG file of 150 to 240 pixels a side
     */
    byte[] jpeg(Blossom kind, int number) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(16_384);
        try {
            if (!ImageIO.write(paint(kind, number), "jpg", out)) {
                throw new IllegalStateException("this JDK has no JPEG writer; use one with the java.desktop module");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("drawing " + kind.className() + " number " + number + " failed", e);
        }
        return out.toByteArray();
    }

    BufferedImage paint(Blossom kind, int number) {
        Random random = new Random(mix(seed * 1_000_003 + number * 31L + Blossom.KINDS.indexOf(kind)));
        int width = 150 + random.nextInt(90);
        int height = 150 + random.nextInt(90);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        background(g, random, width, height);
        g.dispose();
        image = blurred(image, 1 + random.nextInt(5));
        g = image.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        Color plain = random.nextInt(100) < USUAL_PERCENT ? kind.usualColour() : PETALS[random.nextInt(PETALS.length)];
        Color petal = Blossom.shade(plain, random, 0.12);
        Color heart = Blossom.shade(HEARTS[random.nextInt(HEARTS.length)], random, 0.2);
        int flowers = 1 + random.nextInt(3) * random.nextInt(2);
        double side = Math.min(width, height);
        for (int i = flowers - 1; i >= 0; i--) {
            double radius = side * (i == 0 ? 0.22 + random.nextDouble() * 0.26 : 0.12 + random.nextDouble() * 0.2);
            double x = width * (0.25 + random.nextDouble() * 0.5);
            double y = height * (0.25 + random.nextDouble() * 0.5);
            AffineTransform before = g.getTransform();
            g.translate(x, y);
            // A cup stands on its stem; what is seen from above may be turned and tilted any way.
            g.rotate(kind == Blossom.TULIPS ? random.nextGaussian() * 0.3 : random.nextDouble() * 2 * Math.PI);
            g.scale(radius, radius * (0.65 + random.nextDouble() * 0.35));
            kind.draw(g, random, petal, heart);
            g.setTransform(before);
        }
        int blades = random.nextInt(8);
        for (int i = 0; i < blades; i++) {
            blade(g, random, width, height);
        }
        g.dispose();
        light(image, random);
        return image;
    }

    private static void background(Graphics2D g, Random random, int width, int height) {
        Color top = Blossom.shade(GROUNDS[random.nextInt(GROUNDS.length)], random, 0.3);
        Color bottom = Blossom.shade(GROUNDS[random.nextInt(GROUNDS.length)], random, 0.3);
        g.setPaint(new GradientPaint(0, 0, top, random.nextInt(width), height, bottom));
        g.fillRect(0, 0, width, height);
        int blobs = 6 + random.nextInt(20);
        for (int i = 0; i < blobs; i++) {
            Color[] from = random.nextInt(3) == 0 ? PETALS : GROUNDS;
            g.setColor(Blossom.shade(from[random.nextInt(from.length)], random, 0.3));
            double size = 6 + random.nextDouble() * random.nextDouble() * 90;
            double flat = size * (0.3 + random.nextDouble() * 0.7);
            AffineTransform before = g.getTransform();
            g.translate(random.nextInt(width), random.nextInt(height));
            g.rotate(random.nextDouble() * Math.PI);
            g.fill(new Ellipse2D.Double(-size / 2, -flat / 2, size, flat));
            g.setTransform(before);
        }
        int blades = random.nextInt(30);
        for (int i = 0; i < blades; i++) {
            blade(g, random, width, height);
        }
    }

    private static void blade(Graphics2D g, Random random, int width, int height) {
        g.setColor(Blossom.shade(GROUNDS[random.nextInt(3)], random, 0.5));
        g.setStroke(new BasicStroke(1 + random.nextFloat() * 4, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        double x = random.nextInt(width);
        double lean = random.nextGaussian() * width * 0.2;
        double end = height * (random.nextDouble() * 0.8);
        g.draw(new QuadCurve2D.Double(x, height, x + lean * 0.2, (height + end) / 2, x + lean, end));
    }

    private static BufferedImage blurred(BufferedImage image, int size) {
        if (size < 2) {
            return image;
        }
        float[] weights = new float[size * size];
        Arrays.fill(weights, 1f / weights.length);
        BufferedImage out = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        new ConvolveOp(new Kernel(size, size, weights), ConvolveOp.EDGE_NO_OP, null).filter(image, out);
        return out;
    }

    /** Brightness, tint, a slope of light across the picture, and the camera's noise. */
    private static void light(BufferedImage image, Random random) {
        double bright = 0.6 + random.nextDouble() * 0.7;
        double red = bright * (0.88 + random.nextDouble() * 0.24);
        double blue = bright * (0.88 + random.nextDouble() * 0.24);
        double slopeX = random.nextGaussian() * 0.25 / image.getWidth();
        double slopeY = random.nextGaussian() * 0.25 / image.getHeight();
        double noise = random.nextDouble() * 12;
        // Straight on the pixels: getRGB and setRGB cost more than all the drawing.
        int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = pixels[y * image.getWidth() + x];
                double here = 1 + slopeX * (x - image.getWidth() / 2.0) + slopeY * (y - image.getHeight() / 2.0);
                double grain = (random.nextFloat() + random.nextFloat() - 1) * noise;
                int r = clamp((rgb >> 16 & 255) * red * here + grain);
                int gr = clamp((rgb >> 8 & 255) * bright * here + grain);
                int b = clamp((rgb & 255) * blue * here + grain);
                pixels[y * image.getWidth() + x] = r << 16 | gr << 8 | b;
            }
        }
    }

    private static int clamp(double value) {
        return (int) Math.max(0, Math.min(255, value));
    }

    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
