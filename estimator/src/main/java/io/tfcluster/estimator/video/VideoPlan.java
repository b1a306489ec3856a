package io.tfcluster.estimator.video;

import java.io.Serializable;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What the tasks are to make of films.
 *
 * @param perSecond frames a second, 0 for all
 * @param jpeg quality of the pictures' JPEG files, 0 for pixels
 * @param failing whether a film that cannot be read ends the query
 */
record VideoPlan(double perSecond, int jpeg, boolean failing, SerializableConfiguration hadoop)
        implements Serializable {}
