package io.tfcluster.estimator;

import io.tfcluster.TFMain;
import io.tfcluster.training.ExportConfig;
import io.tfcluster.training.ModelFunction;
import io.tfcluster.training.Optimizer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What an estimator has beside its Params: code, which is saved by Java serialization.
 *
 * @param model what to learn; null if a main function is given
 * @param main the user's own main function; null if a model is given
 * @param optimizer with its constants; null for the one that the Params name
 * @param export signatures and files beside those of the model itself; null for none
 */
record Work(
        @Nullable ModelFunction model,
        @Nullable TFMain<FitArgs> main,
        @Nullable Optimizer optimizer,
        @Nullable ExportConfig export)
        implements Serializable {
    static final Work NONE = new Work(null, null, null, null);

    Work withModel(ModelFunction other) {
        return new Work(other, null, optimizer, export);
    }

    Work withMain(TFMain<FitArgs> other) {
        return new Work(null, other, optimizer, export);
    }

    Work withOptimizer(@Nullable Optimizer other) {
        return new Work(model, main, other, export);
    }

    Work withExport(ExportConfig other) {
        return new Work(model, main, optimizer, other);
    }

    /**
     * Packs it for saving.
     *
     * @throws IllegalArgumentException if it cannot be serialized; the text names the class
     */
    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(this);
        } catch (NotSerializableException e) {
            throw new IllegalArgumentException(
                    "the estimator cannot be saved: its model or main function holds a " + e.getMessage()
                            + ", which is not Serializable; use a static method, and capture values only",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "the estimator cannot be saved: its model or main function cannot be serialized: " + e.getMessage(),
                    e);
        }
        return bytes.toByteArray();
    }

    /**
     * Unpacks what was saved, with the application's classes.
     *
     * @param where for the error
     */
    static Work of(byte[] bytes, String where) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader loader = context == null ? Work.class.getClassLoader() : context;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
                try {
                    return Class.forName(description.getName(), false, loader);
                } catch (ClassNotFoundException e) {
                    return super.resolveClass(description);
                }
            }
        }) {
            return (Work) in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    where + " holds a function of class " + e.getMessage()
                            + ", which is not on the class path; add the jar that it was made with",
                    e);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot read the function in " + where + "; was it saved by another version of the class? " + e, e);
        }
    }
}
