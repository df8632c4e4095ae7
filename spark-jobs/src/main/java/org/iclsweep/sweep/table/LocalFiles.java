package org.iclsweep.sweep.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's file system of this machine, without a process {@code chmod} for every file and directory that has its
 * permissions already: a wave has dozens of them.
 */
public final class LocalFiles extends LocalFileSystem {
    /** The setting of Hadoop that names this class. */
    public static final String SETTING = "fs.file.impl";

    public LocalFiles() {
        super(new Permitted());
    }

    private static final class Permitted extends RawLocalFileSystem {
        @Override
        public void setPermission(Path path, FsPermission permission) throws IOException {
            if (permission.getStickyBit() || !permissions(path).equals(of(permission))) {
                super.setPermission(path, permission);
            }
        }

        /** None where the file system knows of no such permissions. */
        private Set<PosixFilePermission> permissions(Path path) throws IOException {
            PosixFileAttributeView view =
                    Files.getFileAttributeView(pathToFile(path).toPath(), PosixFileAttributeView.class);
            return view == null ? Set.of() : view.readAttributes().permissions();
        }

        private static Set<PosixFilePermission> of(FsPermission permission) {
            return PosixFilePermissions.fromString(permission.getUserAction().SYMBOL
                    + permission.getGroupAction().SYMBOL
                    + permission.getOtherAction().SYMBOL);
        }
    }
}
