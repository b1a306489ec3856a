package io.tfcluster.reservation;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;

/** Everything that is said on a control connection after the handshake; the package page draws the order. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Message.Hello.class, name = "hello"),
    @JsonSubTypes.Type(value = Message.Register.class, name = "register"),
    @JsonSubTypes.Type(value = Message.Alive.class, name = "alive"),
    @JsonSubTypes.Type(value = Message.Heartbeat.class, name = "heartbeat"),
    @JsonSubTypes.Type(value = Message.Log.class, name = "log"),
    @JsonSubTypes.Type(value = Message.Notice.class, name = "notice"),
    @JsonSubTypes.Type(value = Message.Fail.class, name = "fail"),
    @JsonSubTypes.Type(value = Message.ExitReport.class, name = "exit"),
    @JsonSubTypes.Type(value = Message.Farewell.class, name = "farewell"),
    @JsonSubTypes.Type(value = Message.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = Message.Registered.class, name = "registered"),
    @JsonSubTypes.Type(value = Message.Received.class, name = "received"),
    @JsonSubTypes.Type(value = Message.Refused.class, name = "refused"),
    @JsonSubTypes.Type(value = Message.Cluster.class, name = "cluster"),
    @JsonSubTypes.Type(value = Message.Stop.class, name = "stop")
})
sealed interface Message {
    /** Goes up when old and new processes can no longer understand each other. */
    int VERSION = 1;

    /** First word of whoever connects. */
    record Hello(int version, String clusterId, int generation, int ordinal, int attempt) implements Message {}

    /** Node to driver: this connection is the node's. */
    record Register(NodeInfo node) implements Message {}

    /** Node to driver: alive, with no progress to tell. Driver to node: alive. */
    record Alive() implements Message {}

    /** Node to driver: alive, and this far. */
    record Heartbeat(NodeProgress progress) implements Message {}

    /** Node to driver: lines of the node's log. */
    record Log(List<String> lines) implements Message {
        public Log {
            lines = List.copyOf(lines);
        }
    }

    /** Either way: something for the code above; its meaning is not known here. */
    record Notice(String topic, Map<String, String> details) implements Message {
        public Notice {
            details = Map.copyOf(details);
        }
    }

    /** Node to driver: the node's own account of its failure. */
    record Fail(NodeFailure failure) implements Message {}

    /** Launcher to driver: how the child ended; the note is what the launcher found out about it, or empty. */
    record ExitReport(String host, int exitCode, String note, List<String> lastLines) implements Message {
        public ExitReport {
            lastLines = List.copyOf(lastLines);
        }
    }

    /** Node to driver: ends as it should. */
    record Farewell(Map<String, String> result) implements Message {
        public Farewell {
            result = Map.copyOf(result);
        }
    }

    /** Driver to node: the hello was right. */
    record Welcome() implements Message {}

    /** Driver to node: the registration holds. */
    record Registered() implements Message {}

    /** Driver to node: fail, exit report or farewell has arrived. */
    record Received() implements Message {}

    /** Driver to node: no, and the connection closes now. */
    record Refused(Kind kind, String reason) implements Message {
        enum Kind {
            FENCED,
            INVALID
        }
    }

    /** Driver to node: a run of the complete cluster's nodes, from ordinal {@code first}; as many frames as it takes. */
    record Cluster(int first, int total, String chiefName, List<Peer> peers) implements Message {
        public Cluster {
            peers = List.copyOf(peers);
        }
    }

    /** One node as its peers see it; on the wire an array without names, for there may be 10,000 of them. */
    @JsonFormat(shape = JsonFormat.Shape.ARRAY)
    @JsonPropertyOrder({"role", "host", "port", "pid", "executorId", "endpoints"})
    record Peer(Role role, String host, int port, long pid, String executorId, Map<String, String> endpoints) {}

    /** Driver to node: end in good order. */
    record Stop(String reason) implements Message {}
}
