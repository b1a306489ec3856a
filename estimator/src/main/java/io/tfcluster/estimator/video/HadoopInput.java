package io.tfcluster.estimator.video;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FSDataInputStream;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.Read_packet_Pointer_BytePointer_int;
import org.bytedeco.ffmpeg.avformat.Seek_Pointer_long_int;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A stream of Hadoop's as ffmpeg reads files. One thread.
 *
 * <p>JavaCPP has ten native functions for the Java ones of a kind, and executors have more tasks; so there is one of each, which finds its
 * stream by the number that ffmpeg hands back.
 */
final class HadoopInput implements AutoCloseable {
    private static final int BUFFER = 1 << 16;
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_END = 2;
    private static final int EIO = -5;

    private static final Map<Long, HadoopInput> OPEN = new ConcurrentHashMap<>();
    private static final Reader READER = new Reader();
    private static final Seeker SEEKER = new Seeker();

    private final FSDataInputStream stream;
    private final long length;
    private final byte[] bytes = new byte[BUFFER];
    private final BytePointer number = new BytePointer(1);
    private final AVIOContext context;
    private @Nullable IOException failure;

    /**
     * Takes an open stream.
     *
     * @param length of the file
     */
    HadoopInput(FSDataInputStream stream, long length) {
        this.stream = stream;
        this.length = length;
        BytePointer buffer = new BytePointer(avutil.av_malloc(BUFFER)).capacity(BUFFER); // ffmpeg's, who may change it
        OPEN.put(number.address(), this);
        this.context = avformat.avio_alloc_context(buffer, BUFFER, 0, number, READER, null, SEEKER);
    }

    AVIOContext context() {
        return context;
    }

    /** Returns what went wrong in reading the file, if anything did: ffmpeg has a number for it only. */
    @Nullable
    IOException failure() {
        return failure;
    }

    private int read(BytePointer target, int size) {
        try {
            int count = stream.read(bytes, 0, Math.min(size, BUFFER));
            if (count <= 0) {
                return avutil.AVERROR_EOF;
            }
            target.capacity(count).put(bytes, 0, count);
            return count;
        } catch (IOException e) {
            failure = e;
            return EIO;
        }
    }

    private long seek(long offset, int whence) {
        try {
            long to = switch (whence & ~avformat.AVSEEK_FORCE) {
                case SEEK_SET -> offset;
                case SEEK_CUR -> stream.getPos() + offset;
                case SEEK_END -> length + offset;
                default -> -1;
            };
            if ((whence & avformat.AVSEEK_SIZE) != 0) {
                return length;
            }
            if (to < 0 || to > length) {
                return EIO;
            }
            stream.seek(to);
            return to;
        } catch (IOException e) {
            failure = e;
            return EIO;
        }
    }

    /** Called by ffmpeg. */
    private static final class Reader extends Read_packet_Pointer_BytePointer_int {
        @Override
        public int call(Pointer opaque, BytePointer target, int size) {
            HadoopInput input = OPEN.get(opaque.address());
            return input == null ? EIO : input.read(target, size);
        }
    }

    /** Called by ffmpeg. */
    private static final class Seeker extends Seek_Pointer_long_int {
        @Override
        public long call(Pointer opaque, long offset, int whence) {
            HadoopInput input = OPEN.get(opaque.address());
            return input == null ? EIO : input.seek(offset, whence);
        }
    }

    @Override
    public void close() {
        avutil.av_free(context.buffer());
        avformat.avio_context_free(context);
        OPEN.remove(number.address());
        number.close();
        try {
            stream.close();
        } catch (IOException e) {
            failure = failure == null ? e : failure; // all was read
        }
    }
}
