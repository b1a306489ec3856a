package io.tfcluster.feeding;

import io.tfcluster.transport.ChannelException;
import io.tfcluster.transport.ClusterSecret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Brings a session together with its nodes: the home first, which gives out the lease, then whoever gets rows or got some before. */
final class FeedOpening {
    private final FeedSession session;
    private final Wire.Open open;
    private final List<FeedTarget> nodes;
    private final ClusterSecret secret;
    private final FeedOptions options;
    private final Optional<SSLContext> tls;
    private final @Nullable PartitionAssignment assignment;
    private final Map<Integer, FeedClient> byNode = new HashMap<>();
    private final Set<FeedTarget> leftOut = new HashSet<>();
    private @Nullable ChannelException unreachable;

    private FeedOpening(
            Wire.Open open,
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options,
            @Nullable PartitionAssignment assignment) {
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("no node to feed " + open.partition() + " to");
        }
        this.session = new FeedSession(open.partition(), options.feedTimeout(), open.wantsResults());
        this.open = open;
        this.nodes = nodes;
        this.secret = secret;
        this.options = options;
        this.tls = options.tls().client();
        this.assignment = assignment;
    }

    /**
     * Takes the lease on a partition and connects to the nodes that get its rows, and to those that got some from attempts before. Waits while
     * another attempt holds the lease.
     *
     * @param assignment which node gets which block, or null if that is to be chosen on the way
     * @throws FeedException if no node can be reached, or one refuses
     */
    static FeedSession forRows(
            Wire.Open open,
            List<FeedTarget> nodes,
            ClusterSecret secret,
            FeedOptions options,
            @Nullable PartitionAssignment assignment) {
        return new FeedOpening(open, nodes, secret, options, assignment).run(FeedOpening::lease);
    }

    /**
     * Connects to the nodes that are to answer rows.
     *
     * @throws FeedException if none can be reached, or one refuses
     */
    static FeedSession forResults(Wire.Open open, List<FeedTarget> nodes, ClusterSecret secret, FeedOptions options) {
        return new FeedOpening(open, nodes, secret, options, null).run(FeedOpening::connect);
    }

    private FeedSession run(Consumer<FeedOpening> how) {
        try {
            how.accept(this);
            return session;
        } catch (RuntimeException e) {
            session.close();
            throw e;
        }
    }

    private void lease() {
        int partition = open.partition().partition();
        for (FeedTarget home : FeedRoute.homes(nodes, partition)) {
            List<FeedTarget> targets = assignment != null ? nodes : FeedRoute.targets(nodes, home, partition);
            List<String> routes = targets.stream().map(FeedTarget::name).toList();
            FeedClient client = connect(home, Wire.ASK, routes);
            if (client != null) {
                Wire.Granted granted = client.granted();
                if (granted != null) {
                    Set<FeedTarget> all = new LinkedHashSet<>(targets);
                    granted.routes().forEach(name -> all.add(FeedRoute.named(nodes, name)));
                    all.remove(home);
                    all.removeAll(leftOut);
                    all.forEach(target -> connect(target, granted.token(), List.of()));
                }
                begin();
                return;
            }
        }
        throw nobody();
    }

    private void connect() {
        int partition = open.partition().partition();
        FeedTarget first = FeedRoute.homes(nodes, partition).get(0);
        for (FeedTarget target : FeedRoute.targets(nodes, first, partition)) {
            connect(target, Wire.NO_LEDGER, List.of());
        }
        if (session.isEmpty()) {
            throw nobody();
        }
        begin();
    }

    private void begin() {
        if (assignment != null) {
            session.assign(assignment, byNode);
        }
        session.begin();
    }

    private @Nullable FeedClient connect(FeedTarget target, long token, List<String> routes) {
        int node = nodes.indexOf(target);
        Wire.Open its = new Wire.Open(
                open.partition(),
                open.wantsResults(),
                open.blockBytes(),
                open.schema(),
                token,
                routes,
                assignment == null ? null : assignment.planOf(node),
                open.endedEpoch());
        try {
            FeedClient client = FeedClient.open(target, secret, its, options, tls);
            session.add(client);
            byNode.put(node, client);
            return client;
        } catch (ChannelException e) {
            if (assignment != null) {
                throw new FeedException(
                        open.partition().feed(),
                        "node " + target.name() + " cannot be reached for " + open.partition()
                                + ", and a deterministic feed cannot leave it out: " + e.getMessage(),
                        e);
            }
            leftOut.add(target);
            session.event("node " + target.name() + " left out: " + e.getMessage());
            if (unreachable == null) {
                unreachable = e;
            } else {
                unreachable.addSuppressed(e);
            }
            return null;
        }
    }

    private FeedException nobody() {
        return new FeedException(
                open.partition().feed(),
                "no node can be reached for " + open.partition() + ": " + new ArrayList<>(session.events())
                        + ". Look at the nodes' logs for why they ended.",
                unreachable == null ? new IllegalStateException("no node answered") : unreachable);
    }
}
