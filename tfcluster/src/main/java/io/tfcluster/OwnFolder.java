package io.tfcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;

/** Folders that nobody but this process's user, or root, can have put anything into. */
final class OwnFolder {
    private OwnFolder() {}

    /**
     * Makes the folder, for this user alone, unless it is there.
     *
     * @throws IOException if it cannot be made, or is there and not safe: see {@link #check}
     */
    static Path create(Path folder) throws IOException {
        if (Files.isDirectory(folder)) { // through a link as well: what it leads to is checked
            return check(folder);
        }
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return check(folder);
    }

    /**
     * Returns the folder if it belongs to this user or to root, and nobody else may write to it.
     *
     * @throws IOException if not; the message says what to do
     */
    static Path check(Path folder) throws IOException {
        PosixFileAttributes found = Files.readAttributes(folder, PosixFileAttributes.class);
        String me = Files.getOwner(Path.of("/proc/self")).getName();
        boolean ours =
                found.owner().getName().equals(me) || found.owner().getName().equals("root");
        if (!ours || found.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(folder + " belongs to " + found.owner() + " with permissions "
                    + PosixFilePermissions.toString(found.permissions())
                    + ", so that another user may have put libraries into it. Delete it, or take the right to write from"
                    + " others, or set TFCLUSTER_NATIVES to a folder of your own");
        }
        return folder;
    }
}
