package io.tfcluster.reservation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The complete cluster as frames: encoded once, shared by all connections, and put together again by the receiver.
 *
 * <p>The frames lie in direct memory. A heap buffer would be copied into direct memory by Netty for every connection that cannot take
 * it at once, which for 10,000 nodes comes to gigabytes.
 */
final class ClusterFrames {
    /** Most bytes of peers in a frame; leaves room for the fields around them. */
    private static final int PEER_BYTES = Wire.MAX_FRAME / 2;

    private final List<ByteBuf> frames;

    private ClusterFrames(List<ByteBuf> frames) {
        this.frames = frames;
    }

    static ClusterFrames encode(ClusterTemplate template, List<NodeInfo> nodes, Set<String> endpoints) {
        return new ClusterFrames(frames(template, nodes, endpoints));
    }

    static List<ByteBuf> frames(ClusterTemplate template, List<NodeInfo> nodes, Set<String> endpoints) {
        List<ByteBuf> frames = new ArrayList<>();
        List<Message.Peer> run = new ArrayList<>();
        int first = 0;
        int bytes = 0;
        for (NodeInfo node : nodes) {
            Message.Peer peer = peer(node, endpoints);
            int length = Wire.length(peer);
            if (!run.isEmpty() && bytes + length > PEER_BYTES) {
                frames.add(frame(new Message.Cluster(first, nodes.size(), template.chiefName(), run)));
                first += run.size();
                run.clear();
                bytes = 0;
            }
            run.add(peer);
            bytes += length;
        }
        frames.add(frame(new Message.Cluster(first, nodes.size(), template.chiefName(), run)));
        return frames;
    }

    void sendTo(Connection connection) {
        for (ByteBuf frame : frames) {
            connection.send(frame.retainedDuplicate());
        }
    }

    void release() {
        frames.forEach(ByteBuf::release);
    }

    /** Returns the addresses by job; jobs in the order of their first node. */
    static ClusterSpec spec(ClusterTemplate template, List<NodeInfo> nodes) {
        Map<String, List<String>> jobs = new LinkedHashMap<>();
        for (NodeInfo node : nodes) {
            String job = template.jobName(node.task().role());
            jobs.computeIfAbsent(job, name -> new ArrayList<>()).add(node.task().address());
        }
        return new ClusterSpec(jobs);
    }

    private static Message.Peer peer(NodeInfo node, Set<String> endpoints) {
        Map<String, String> shared = new LinkedHashMap<>(node.endpoints());
        shared.keySet().retainAll(endpoints);
        TaskSpec task = node.task();
        return new Message.Peer(task.role(), task.host(), task.port(), node.pid(), node.executorId(), shared);
    }

    private static ByteBuf frame(Message.Cluster part) {
        ByteBuf heap = Wire.frame(part);
        try {
            return Unpooled.directBuffer(heap.readableBytes()).writeBytes(heap);
        } finally {
            heap.release();
        }
    }

    /** Collects the parts; used by one thread. */
    static final class Assembler {
        private final List<NodeInfo> nodes = new ArrayList<>();
        private final Map<Role, Integer> next = new EnumMap<>(Role.class);

        /**
         * Adds a part and returns the view if it was the last one.
         *
         * @throws IllegalArgumentException if the part does not continue what came before
         */
        @Nullable
        ClusterView add(Message.Cluster part) {
            if (part.first() == 0) {
                nodes.clear();
                next.clear();
            }
            if (part.first() != nodes.size() || part.first() + part.peers().size() > part.total()) {
                throw new IllegalArgumentException("part of the cluster from node " + part.first() + " with "
                        + part.peers().size() + " of " + part.total() + " nodes came after " + nodes.size());
            }
            for (Message.Peer peer : part.peers()) {
                int index = next.merge(peer.role(), 1, Integer::sum) - 1;
                TaskSpec task = new TaskSpec(peer.role(), index, peer.host(), peer.port());
                nodes.add(new NodeInfo(task, peer.pid(), peer.executorId(), peer.endpoints()));
            }
            if (nodes.size() < part.total()) {
                return null;
            }
            ClusterTemplate template = new ClusterTemplate(
                    nodes.stream()
                            .map(node -> new ClusterTemplate.Slot(
                                    node.task().role(), node.task().index()))
                            .toList(),
                    part.chiefName());
            ClusterView view = new ClusterView(spec(template, nodes), nodes, template);
            nodes.clear();
            next.clear();
            return view;
        }
    }
}
