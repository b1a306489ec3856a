package io.tfcluster.estimator.video;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** One film, decoded from its beginning, frame by frame. One thread; closing frees what ffmpeg holds. */
final class Film implements AutoCloseable {
    private static final int MOST_PIXELS = 100_000_000;
    private static final int EAGAIN = -11;
    private static final int REASON_BYTES = 128;
    private static final int CHANNELS = 3;

    private final String path;
    private final AVPacket packet = avcodec.av_packet_alloc();
    private final AVFrame frame = avutil.av_frame_alloc();
    private @Nullable HadoopInput input;
    private @Nullable AVFormatContext format;
    private @Nullable AVCodecContext decoder;
    private @Nullable SwsContext scaler;
    private int stream;
    private double unit;
    private double begin;
    private double rate;
    private long number = -1;
    private double time;
    private boolean drained;
    private boolean closed;

    private Film(String path) {
        this.path = path;
    }

    /**
     * Opens a film on any Hadoop path.
     *
     * @throws VideoException if it is none, or cannot be read
     */
    static Film open(Path path, Configuration conf) {
        Film film = new Film(path.toString());
        try {
            FileSystem files = path.getFileSystem(conf);
            long length = files.getFileStatus(path).getLen();
            if (length == 0) {
                throw new VideoException(path + ": the file is empty");
            }
            film.input = new HadoopInput(files.open(path), length);
            film.begin(film.input);
            return film;
        } catch (IOException e) {
            film.close();
            throw new VideoException(path + ": cannot be opened: " + e, e);
        } catch (RuntimeException e) {
            film.close();
            throw e;
        }
    }

    private void begin(HadoopInput from) {
        AVFormatContext context = avformat.avformat_alloc_context();
        context.pb(from.context());
        int opened = avformat.avformat_open_input(context, (String) null, null, (AVDictionary) null);
        check(opened, "is no film that ffmpeg knows"); // frees the context where it fails
        format = context;
        check(avformat.avformat_find_stream_info(context, (AVDictionary) null), "has no streams that can be read");
        stream = avformat.av_find_best_stream(context, avutil.AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
        check(stream, "has no pictures");
        AVStream video = context.streams(stream);
        AVCodec codec = avcodec.avcodec_find_decoder(video.codecpar().codec_id());
        if (codec == null || codec.isNull()) {
            throw new VideoException(path + ": is cut off, or coded in a way that this build of ffmpeg does not know");
        }
        long pixels = (long) video.codecpar().width() * video.codecpar().height();
        if (pixels > MOST_PIXELS) {
            throw new VideoException(path + ": pictures of " + pixels + " pixels; " + MOST_PIXELS + " are the limit");
        }
        AVCodecContext made = avcodec.avcodec_alloc_context3(codec);
        decoder = made;
        check(avcodec.avcodec_parameters_to_context(made, video.codecpar()), "has wrong parameters");
        made.thread_count(1); // Spark's tasks are the threads
        check(avcodec.avcodec_open2(made, codec, (AVDictionary) null), "cannot be decoded");
        unit = avutil.av_q2d(video.time_base());
        begin = video.start_time() == avutil.AV_NOPTS_VALUE ? 0 : video.start_time() * unit;
        double average = avutil.av_q2d(video.avg_frame_rate());
        rate = average > 0 ? average : 25;
    }

    /**
     * Goes to the next frame.
     *
     * @return false at the end
     * @throws VideoException if the film is broken here
     */
    boolean next() {
        AVFormatContext from = format;
        AVCodecContext with = decoder;
        if (from == null || with == null || closed) {
            return false;
        }
        while (true) {
            int got = avcodec.avcodec_receive_frame(with, frame);
            if (got >= 0) {
                number++;
                long stamp = frame.best_effort_timestamp();
                time = stamp == avutil.AV_NOPTS_VALUE ? number / rate : Math.max(0, stamp * unit - begin);
                return true;
            }
            if (got == avutil.AVERROR_EOF) {
                return false;
            }
            if (got != EAGAIN || drained) {
                check(got, "is broken after frame " + number);
            }
            feed(from, with);
        }
    }

    /** Gives the decoder the next piece of the film, or its end. */
    private void feed(AVFormatContext from, AVCodecContext with) {
        int read = avformat.av_read_frame(from, packet);
        if (read == avutil.AVERROR_EOF) {
            drained = true;
            check(avcodec.avcodec_send_packet(with, null), "is broken at its end");
            return;
        }
        check(read, "is broken after frame " + number);
        try {
            if (packet.stream_index() == stream) {
                check(avcodec.avcodec_send_packet(with, packet), "is broken after frame " + number);
            }
        } finally {
            avcodec.av_packet_unref(packet);
        }
    }

    /** Returns the number of the frame, counted from 0. */
    long number() {
        return number;
    }

    /** Returns the seconds from the film's beginning to the frame. */
    double time() {
        return time;
    }

    int width() {
        return frame.width();
    }

    int height() {
        return frame.height();
    }

    /** Returns the frame's pixels, row by row, blue first. */
    byte[] bgr() {
        int width = frame.width();
        int height = frame.height();
        SwsContext used = swscale.sws_getCachedContext(
                scaler,
                width,
                height,
                frame.format(),
                width,
                height,
                avutil.AV_PIX_FMT_BGR24,
                swscale.SWS_BILINEAR,
                null,
                null,
                (DoublePointer) null);
        if (used == null || used.isNull()) {
            throw new VideoException(path + ": has pixels that ffmpeg makes no BGR of, format " + frame.format());
        }
        scaler = used;
        byte[] pixels = new byte[Math.multiplyExact(width * CHANNELS, height)];
        // Some of its fast ways write a little behind a row.
        try (BytePointer out = new BytePointer((long) pixels.length + 64);
                PointerPointer<BytePointer> planes = new PointerPointer<>(4);
                IntPointer strides = new IntPointer(4)) {
            planes.put(0, out);
            strides.put(0, width * CHANNELS);
            swscale.sws_scale(used, frame.data(), frame.linesize(), 0, height, planes, strides);
            out.get(pixels);
        }
        return pixels;
    }

    private void check(int code, String what) {
        if (code < 0) {
            byte[] text = new byte[REASON_BYTES];
            avutil.av_strerror(code, text, text.length);
            String reason = new String(text, java.nio.charset.StandardCharsets.UTF_8).replace("\0", "");
            IOException failure = input == null ? null : input.failure();
            throw new VideoException(
                    path + ": " + what + " (" + (failure == null ? reason : failure.toString()) + ")", failure);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        avcodec.av_packet_free(packet);
        avutil.av_frame_free(frame);
        if (decoder != null) {
            avcodec.avcodec_free_context(decoder);
        }
        if (scaler != null) {
            swscale.sws_freeContext(scaler);
        }
        if (format != null) {
            avformat.avformat_close_input(format);
        }
        if (input != null) {
            input.close();
        }
    }
}
