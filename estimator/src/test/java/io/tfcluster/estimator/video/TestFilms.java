package io.tfcluster.estimator.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;

/** Films of plain colours, 64 by 48, each colour a second long. */
final class TestFilms {
    static final int WIDTH = 64;
    static final int HEIGHT = 48;

    private TestFilms() {}

    /** Writes MPEG-4 into a file whose ending says the container. */
    static Path write(Path file, int framesPerSecond, int... colours) {
        AVFormatContext out = new AVFormatContext(null);
        check(avformat.avformat_alloc_output_context2(out, null, null, file.toString()));
        AVCodec codec = avcodec.avcodec_find_encoder(avcodec.AV_CODEC_ID_MPEG4);
        AVStream stream = avformat.avformat_new_stream(out, null);
        AVCodecContext encoder = avcodec.avcodec_alloc_context3(codec);
        AVRational unit = new AVRational().num(1).den(framesPerSecond);
        encoder.width(WIDTH)
                .height(HEIGHT)
                .pix_fmt(avutil.AV_PIX_FMT_YUV420P)
                .time_base(unit)
                .framerate(new AVRational().num(framesPerSecond).den(1))
                .gop_size(12)
                .bit_rate(400_000);
        if ((out.oformat().flags() & avformat.AVFMT_GLOBALHEADER) != 0) {
            encoder.flags(encoder.flags() | avcodec.AV_CODEC_FLAG_GLOBAL_HEADER);
        }
        check(avcodec.avcodec_open2(encoder, codec, (AVDictionary) null));
        check(avcodec.avcodec_parameters_from_context(stream.codecpar(), encoder));
        stream.time_base(unit).avg_frame_rate(encoder.framerate());
        AVIOContext disk = new AVIOContext(null);
        check(avformat.avio_open(disk, file.toString(), avformat.AVIO_FLAG_WRITE));
        out.pb(disk);
        check(avformat.avformat_write_header(out, (AVDictionary) null));
        for (int i = 0; i < colours.length * framesPerSecond; i++) {
            AVFrame frame = frame(colours[i / framesPerSecond]);
            frame.pts(i);
            encode(encoder, frame, stream, out);
            avutil.av_frame_free(frame);
        }
        encode(encoder, null, stream, out);
        check(avformat.av_write_trailer(out));
        avcodec.avcodec_free_context(encoder);
        avformat.avio_closep(disk);
        avformat.avformat_free_context(out);
        return file;
    }

    private static AVFrame frame(int colour) {
        double red = (colour >> 16 & 255) / 255.0;
        double green = (colour >> 8 & 255) / 255.0;
        double blue = (colour & 255) / 255.0;
        AVFrame frame = avutil.av_frame_alloc();
        frame.format(avutil.AV_PIX_FMT_YUV420P).width(WIDTH).height(HEIGHT);
        check(avutil.av_frame_get_buffer(frame, 0));
        fill(frame, 0, HEIGHT, 16 + 65.481 * red + 128.553 * green + 24.966 * blue);
        fill(frame, 1, HEIGHT / 2, 128 - 37.797 * red - 74.203 * green + 112.0 * blue);
        fill(frame, 2, HEIGHT / 2, 128 + 112.0 * red - 93.786 * green - 18.214 * blue);
        return frame;
    }

    private static void fill(AVFrame frame, int plane, int rows, double value) {
        byte[] row = new byte[frame.linesize(plane)];
        java.util.Arrays.fill(row, (byte) Math.round(value));
        for (int i = 0; i < rows; i++) {
            frame.data(plane).position((long) i * row.length).put(row, 0, row.length);
        }
    }

    private static void encode(AVCodecContext encoder, AVFrame frame, AVStream stream, AVFormatContext out) {
        check(avcodec.avcodec_send_frame(encoder, frame));
        AVPacket packet = avcodec.av_packet_alloc();
        while (avcodec.avcodec_receive_packet(encoder, packet) >= 0) {
            avcodec.av_packet_rescale_ts(packet, encoder.time_base(), stream.time_base());
            packet.stream_index(0);
            check(avformat.av_interleaved_write_frame(out, packet));
        }
        avcodec.av_packet_free(packet);
    }

    private static void check(int code) {
        assertThat(code).as("what ffmpeg says").isNotNegative();
    }
}
