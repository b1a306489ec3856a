package io.tfcluster.feeding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Shares the buffer of one feed among its connections; guarded by the queue's lock.
 *
 * <p>What a connection holds is its unspent credit plus its bytes in the buffer. All of them together hold the buffer's bytes at most, with one
 * exception: whoever holds nothing is always given one unit, so that no feeder starves because idle ones hold all credit. The buffer
 * is therefore bounded by its bytes plus one block per connection.
 */
final class CreditBook {
    /** Sends credit to a connection, once the lock is free. */
    record Grant(FeedConnection connection, long bytes) {}

    private static final int FIRST_SHARE = 4;

    private final long bufferBytes;
    private final Map<FeedConnection, Account> accounts = new LinkedHashMap<>();

    private static final class Account {
        final int unit;
        long unspent;
        long buffered;
        boolean retired;

        Account(int unit) {
            this.unit = unit;
        }

        long held() {
            return Math.max(unspent + buffered, buffered);
        }
    }

    CreditBook(long bufferBytes) {
        this.bufferBytes = bufferBytes;
    }

    /** Returns the unit for a feeder that would like to send blocks of that size. */
    int unitFor(int blockBytes) {
        return (int) Math.max(1, Math.min(blockBytes, bufferBytes / FIRST_SHARE));
    }

    /** Opens an account and returns its first credit. */
    long open(FeedConnection connection, int unit) {
        Account account = new Account(unit);
        accounts.put(connection, account);
        long credit = Math.max(unit, Math.min(bufferBytes / Math.max(FIRST_SHARE, accounts.size()), free()));
        account.unspent = credit;
        return credit;
    }

    /** Takes a block's bytes from the credit; false if there is not enough. */
    boolean spend(FeedConnection connection, long bytes) {
        Account account = accounts.get(connection);
        if (account == null || account.unspent < Math.min(bytes, account.unit)) {
            return false;
        }
        account.unspent -= bytes;
        account.buffered += bytes;
        return true;
    }

    /** Notes that a block has left the buffer. */
    void consumed(FeedConnection connection, long bytes) {
        Account account = accounts.get(connection);
        if (account != null) {
            account.buffered -= bytes;
            forgetIfDone(connection, account);
        }
    }

    /** A feeder that will not send any more needs no credit. */
    void retire(FeedConnection connection) {
        Account account = accounts.get(connection);
        if (account != null) {
            account.retired = true;
            account.unspent = 0;
            forgetIfDone(connection, account);
        }
    }

    private void forgetIfDone(FeedConnection connection, Account account) {
        if (account.retired && account.buffered == 0) {
            accounts.remove(connection);
        }
    }

    /** Gives what is free to those who hold least, in amounts worth a message. */
    List<Grant> distribute() {
        List<Grant> grants = new ArrayList<>();
        List<Map.Entry<FeedConnection, Account>> order = new ArrayList<>(accounts.entrySet());
        order.removeIf(entry -> entry.getValue().retired);
        long share = bufferBytes / Math.max(1, order.size());
        order.sort(Comparator.comparingLong(entry -> entry.getValue().held()));
        long free = free();
        for (Map.Entry<FeedConnection, Account> entry : order) {
            Account account = entry.getValue();
            long give = Math.min(Math.max(share, account.unit) - account.held(), free);
            if (account.unspent < account.unit && account.buffered == 0) {
                give = Math.max(give, account.unit - account.unspent);
            }
            if (give >= account.unit || (give > 0 && account.unspent < account.unit && account.buffered == 0)) {
                account.unspent += give;
                free -= give;
                grants.add(new Grant(entry.getKey(), give));
            }
        }
        return grants;
    }

    private long free() {
        long held = 0;
        for (Account account : accounts.values()) {
            held += account.held();
        }
        return bufferBytes - held;
    }
}
