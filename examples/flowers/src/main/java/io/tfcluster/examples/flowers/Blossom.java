package io.tfcluster.examples.flowers;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Arc2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.util.List;
import java.util.Random;

/**
 * One kind of flower, drawn around the origin with a radius of one. What tells the kinds apart is their form; the colours come from
 * one palette for all, so that counting colours does not name the flower.
 */
enum Blossom {
    DAISY("daisy") {
        @Override
        void draw(Graphics2D g, Random random, Color petal, Color heart) {
            int petals = 11 + random.nextInt(10);
            double width = 1.9 / petals * (1.1 + random.nextDouble() * 0.5);
            double disc = 0.2 + random.nextDouble() * 0.1;
            for (int i = 0; i < petals; i++) {
                double length = 0.85 + random.nextDouble() * 0.15;
                Shape leaf = new Ellipse2D.Double(disc * 0.6, -width / 2, length - disc * 0.6, width);
                fill(
                        g,
                        turned(leaf, 2 * Math.PI * i / petals + random.nextGaussian() * 0.05),
                        shade(petal, random, 0.1));
            }
            g.setColor(heart);
            g.fill(new Ellipse2D.Double(-disc, -disc, 2 * disc, 2 * disc));
            dots(g, random, disc, 25, heart.darker());
        }
    },
    DANDELION("dandelion") {
        @Override
        void draw(Graphics2D g, Random random, Color petal, Color heart) {
            boolean gone = random.nextInt(3) == 0; // gone to seed: a see-through ball
            int rays = gone ? 70 : 110 + random.nextInt(60);
            for (int i = 0; i < rays; i++) {
                double angle = random.nextDouble() * 2 * Math.PI;
                double far =
                        gone ? 0.8 + random.nextDouble() * 0.2 : 1 - 0.75 * i / rays + random.nextGaussian() * 0.06;
                double x = Math.cos(angle) * far;
                double y = Math.sin(angle) * far;
                g.setColor(shade(petal, random, 0.25));
                g.setStroke(new BasicStroke(gone ? 0.015f : 0.055f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
                double near = gone ? 0.05 : far * 0.3;
                g.draw(new Line2D.Double(Math.cos(angle) * near, Math.sin(angle) * near, x, y));
                if (gone) {
                    g.setStroke(new BasicStroke(0.012f));
                    for (int k = -2; k <= 2; k++) {
                        double a = angle + k * 0.5;
                        g.draw(new Line2D.Double(x, y, x + Math.cos(a) * 0.13, y + Math.sin(a) * 0.13));
                    }
                }
            }
            if (gone) {
                g.setColor(heart.darker());
                g.fill(new Ellipse2D.Double(-0.1, -0.1, 0.2, 0.2));
            }
        }
    },
    ROSES("roses") {
        @Override
        void draw(Graphics2D g, Random random, Color petal, Color heart) {
            double turn = random.nextDouble() * Math.PI;
            for (int ring = 0; ring < 6; ring++) {
                double radius = 1 - ring * 0.16;
                int petals = Math.max(3, 6 - ring / 2);
                for (int i = 0; i < petals; i++) {
                    double angle = turn + 2 * Math.PI * i / petals + random.nextGaussian() * 0.12;
                    double size = radius * (0.62 + random.nextDouble() * 0.12);
                    double distance = Math.max(0, radius - size * 0.75);
                    double x = Math.cos(angle) * distance;
                    double y = Math.sin(angle) * distance;
                    Shape round = new Ellipse2D.Double(x - size * 0.7, y - size * 0.7, size * 1.4, size * 1.4);
                    g.setColor(shade(scaled(petal, 1.05 - ring * 0.06), random, 0.1));
                    g.fill(round);
                    g.setColor(scaled(petal, 0.55));
                    g.setStroke(new BasicStroke(0.03f));
                    g.draw(new Arc2D.Double(
                            x - size * 0.7,
                            y - size * 0.7,
                            size * 1.4,
                            size * 1.4,
                            Math.toDegrees(-angle) - 80,
                            160,
                            Arc2D.OPEN));
                }
                turn += 0.6 + random.nextDouble() * 0.4;
            }
            g.setColor(scaled(petal, 0.5));
            g.setStroke(new BasicStroke(0.035f));
            Path2D spiral = new Path2D.Double();
            spiral.moveTo(0, 0);
            for (int i = 1; i < 40; i++) {
                spiral.lineTo(Math.cos(turn + i * 0.35) * i * 0.007, Math.sin(turn + i * 0.35) * i * 0.007);
            }
            g.draw(spiral);
        }
    },
    SUNFLOWERS("sunflowers") {
        @Override
        void draw(Graphics2D g, Random random, Color petal, Color heart) {
            int petals = 17 + random.nextInt(12);
            double disc = 0.48 + random.nextDouble() * 0.14;
            for (int row = 0; row < 2; row++) {
                for (int i = 0; i < petals; i++) {
                    double length = 1 - row * 0.12 + random.nextGaussian() * 0.05;
                    double width = 3.4 / petals;
                    double angle = 2 * Math.PI * (i + row * 0.5) / petals + random.nextGaussian() * 0.05;
                    fill(
                            g,
                            turned(pointed(disc * 0.8, length, width), angle),
                            shade(scaled(petal, 0.85 + row * 0.15), random, 0.1));
                }
            }
            g.setColor(heart);
            g.fill(new Ellipse2D.Double(-disc, -disc, 2 * disc, 2 * disc));
            for (int i = 0; i < 130; i++) {
                double far = disc * Math.sqrt(i / 130.0);
                double angle = i * 2.39996;
                g.setColor(shade(i < 40 ? heart.darker() : heart.brighter(), random, 0.3));
                g.fill(new Ellipse2D.Double(Math.cos(angle) * far - 0.02, Math.sin(angle) * far - 0.02, 0.045, 0.045));
            }
        }
    },
    TULIPS("tulips") {
        @Override
        void draw(Graphics2D g, Random random, Color petal, Color heart) {
            double open = 0.45 + random.nextDouble() * 0.2;
            Color green = shade(new Color(70, 125, 60), random, 0.3);
            g.setColor(green);
            g.setStroke(new BasicStroke(0.1f));
            g.draw(new Line2D.Double(0, 0.6, random.nextGaussian() * 0.12, 2.4));
            for (int side = -1; side <= 1; side += 2) {
                Path2D leaf = new Path2D.Double();
                leaf.moveTo(0, 2.2);
                leaf.curveTo(side * 0.7, 1.8, side * 0.75, 1.0, side * (0.55 + random.nextDouble() * 0.3), 0.5);
                leaf.curveTo(side * 0.4, 1.1, side * 0.3, 1.7, 0, 2.2);
                fill(g, leaf, shade(green, random, 0.2));
            }
            fill(g, cup(-open * 0.55, open, -0.95), scaled(petal, 0.72));
            fill(g, cup(open * 0.55, open, -0.95), scaled(petal, 0.78));
            fill(g, cup(-open * 0.95, open * 0.8, -0.8), shade(scaled(petal, 0.9), random, 0.08));
            fill(g, cup(open * 0.95, open * 0.8, -0.8), shade(scaled(petal, 0.95), random, 0.08));
            fill(g, cup(0, open * 1.15, -0.85 + random.nextDouble() * 0.2), shade(petal, random, 0.06));
        }
    };

    private static final Color WHITE = new Color(245, 245, 240);
    private static final Color YELLOW = new Color(250, 205, 40);
    private static final Color RED = new Color(215, 40, 45);
    private static final Color PINK = new Color(240, 130, 170);

    /** All kinds in the order of their labels, which is the order of their names. */
    static final List<Blossom> KINDS = List.of(values());

    private final String className;

    Blossom(String className) {
        this.className = className;
    }

    /** The name of the class, as the folders of the photographs are called. */
    String className() {
        return className;
    }

    /** The colour that most people would give it; the painter takes it only sometimes. */
    Color usualColour() {
        return switch (this) {
            case DAISY -> WHITE;
            case DANDELION, SUNFLOWERS -> YELLOW;
            case ROSES -> RED;
            case TULIPS -> PINK;
        };
    }

    abstract void draw(Graphics2D g, Random random, Color petal, Color heart);

    static Color scaled(Color color, double factor) {
        return new Color(
                clamp(color.getRed() * factor), clamp(color.getGreen() * factor), clamp(color.getBlue() * factor));
    }

    static Color shade(Color color, Random random, double spread) {
        return scaled(color, 1 + (random.nextDouble() * 2 - 1) * spread);
    }

    private static int clamp(double value) {
        return (int) Math.max(0, Math.min(255, value));
    }

    private static void fill(Graphics2D g, Shape shape, Color color) {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(color);
        g.fill(shape);
        g.setColor(scaled(color, 0.7));
        g.setStroke(new BasicStroke(0.015f));
        g.draw(shape);
    }

    private static Shape turned(Shape shape, double angle) {
        return AffineTransform.getRotateInstance(angle).createTransformedShape(shape);
    }

    private static Shape pointed(double from, double to, double width) {
        Path2D path = new Path2D.Double();
        path.moveTo(from, 0);
        path.quadTo((from + to) / 2, -width, to, 0);
        path.quadTo((from + to) / 2, width, from, 0);
        return path;
    }

    /** A petal of a cup seen from the side: from the bottom at (0, 0.75) to a tip at (lean, top). */
    private static Shape cup(double lean, double halfWidth, double top) {
        Path2D path = new Path2D.Double();
        path.moveTo(0, 0.75);
        path.curveTo(lean * 0.4 - halfWidth, 0.7, lean - halfWidth, -0.1, lean, top);
        path.curveTo(lean + halfWidth, -0.1, lean * 0.4 + halfWidth, 0.7, 0, 0.75);
        return path;
    }

    private static void dots(Graphics2D g, Random random, double radius, int count, Color color) {
        for (int i = 0; i < count; i++) {
            double far = radius * Math.sqrt(random.nextDouble());
            double angle = random.nextDouble() * 2 * Math.PI;
            g.setColor(shade(color, random, 0.3));
            g.fill(new Ellipse2D.Double(Math.cos(angle) * far - 0.02, Math.sin(angle) * far - 0.02, 0.04, 0.04));
        }
    }
}
