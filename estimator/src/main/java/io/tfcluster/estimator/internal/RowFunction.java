package io.tfcluster.estimator.internal;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** What Spark's generated code calls for a registered function; not for users. */
public interface RowFunction extends Serializable {
    /** Returns the value for the arguments, as Spark holds it within; null if one of them is. */
    @Nullable
    Object call(InternalRow arguments);
}
