/**
 * Films as rows of pictures, which the stages of pictures and models take.
 *
 * <pre>
 *  files on any Hadoop path ─▶ VideoFrames: a task a film ─▶ path, frame, time, image ─▶ models ─▶ SecondLabels
 *                               ffmpeg reads through Hadoop's streams, frame by frame
 * </pre>
 *
 * <p>Decisions. A film is decoded by one task from its beginning, since most frames are differences to those before; films are the unit that
 * is spread over tasks. What lies between the wanted frames is decoded, but neither converted nor copied. ffmpeg is the only decoder; its
 * classes are used nowhere else, so that who has no films needs no library.
 */
@NullMarked
package io.tfcluster.estimator.video;

import org.jspecify.annotations.NullMarked;
