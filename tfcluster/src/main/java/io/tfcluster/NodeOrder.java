package io.tfcluster;

import io.tfcluster.reservation.NodeId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;

/**
 * What a launcher writes to the standard input of the node it starts: a length, and this, serialized. The pipe comes from the parent process
 * and nobody else can write to it; no socket carries Java serialization.
 *
 * @param ordinal place in the template
 * @param attempt attempt of the launching Spark task
 * @param executorId Spark's name of the executor, {@code driver} for a node beside the driver
 * @param host address that the node listens on and announces
 * @param folder temporary folder of the node
 * @param filesFolder where Spark keeps the application's added files on this executor
 * @param readyMarker line to print when the cluster stands
 */
record NodeOrder(
        LaunchPlan plan,
        int ordinal,
        int attempt,
        String executorId,
        String host,
        String folder,
        String filesFolder,
        String readyMarker)
        implements Serializable {
    NodeId id() {
        return new NodeId(ordinal, attempt);
    }

    String name() {
        return plan.template().name(ordinal);
    }

    void writeTo(OutputStream stdin) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(this);
        }
        DataOutputStream out = new DataOutputStream(stdin);
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.flush();
    }

    static NodeOrder readFrom(InputStream stdin) throws IOException, ClassNotFoundException {
        DataInputStream in = new DataInputStream(stdin);
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        try (ObjectInputStream objects = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return (NodeOrder) objects.readObject();
        }
    }
}
