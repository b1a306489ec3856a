package io.tfcluster.estimator.video;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/** In tasks: the paths of films to the rows of their frames, one frame in memory at a time. */
final class FilmRows implements MapPartitionsFunction<String, Row> {
    private static final long serialVersionUID = 1L;
    private static final int BGR_MODE = 16;
    private static final int CHANNELS = 3;

    private final VideoPlan plan;

    FilmRows(VideoPlan plan) {
        this.plan = plan;
    }

    @Override
    public Iterator<Row> call(Iterator<String> paths) {
        Frames frames = new Frames(plan, paths);
        TaskContext.get().addTaskCompletionListener(context -> {
            frames.close();
        });
        return frames;
    }

    private static final class Frames implements Iterator<Row>, AutoCloseable {
        private final VideoPlan plan;
        private final Iterator<String> paths;
        private String path = "";
        private @Nullable Film film;
        private long taken;
        private @Nullable Row next;

        Frames(VideoPlan plan, Iterator<String> paths) {
            this.plan = plan;
            this.paths = paths;
        }

        @Override
        public boolean hasNext() {
            while (next == null && (film != null || paths.hasNext())) {
                try {
                    next = advance();
                } catch (VideoException e) {
                    close();
                    if (plan.failing()) {
                        throw e;
                    }
                    next = RowFactory.create(path, null, null, null, e.getMessage());
                }
            }
            return next != null;
        }

        @Override
        public Row next() {
            Row row = hasNext() ? next : null;
            if (row == null) {
                throw new NoSuchElementException("the films have ended");
            }
            next = null;
            return row;
        }

        /** Returns the row of the next frame that is wanted, or null if a film has ended. */
        private @Nullable Row advance() {
            Film open = film;
            if (open == null) {
                path = paths.next();
                open = Film.open(new Path(path), plan.hadoop().value());
                film = open;
                taken = 0;
            }
            while (open.next()) {
                if (isWanted(open.time())) {
                    taken++;
                    return row(open);
                }
            }
            close();
            return null;
        }

        /** The first frame of each piece of the time is; a film that begins late has none for the pieces before. */
        private boolean isWanted(double time) {
            if (plan.perSecond() == 0) {
                return true;
            }
            long piece = (long) Math.floor(time * plan.perSecond() + 1e-6);
            if (piece < taken) {
                return false;
            }
            taken = piece;
            return true;
        }

        private Row row(Film open) {
            byte[] pixels = open.bgr();
            Object picture = plan.jpeg() > 0
                    ? jpeg(pixels, open.width(), open.height(), plan.jpeg())
                    : RowFactory.create(path, open.height(), open.width(), CHANNELS, BGR_MODE, pixels);
            return RowFactory.create(path, open.number(), open.time(), picture, null);
        }

        @Override
        public void close() {
            Film open = film;
            film = null;
            if (open != null) {
                open.close();
            }
        }
    }

    private static byte[] jpeg(byte[] bgr, int width, int height, int quality) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        byte[] target = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
        System.arraycopy(bgr, 0, target, 0, bgr.length);
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(quality / 100f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), settings);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a JPEG into memory: " + e, e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
