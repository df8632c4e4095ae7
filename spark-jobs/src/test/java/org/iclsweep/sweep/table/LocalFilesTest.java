package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.iclsweep.sweep.LocalSpark;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Permissions as Hadoop sets them, with its own file system beside this one. */
class LocalFilesTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void theFileSystemHasPermissions() {
        assumeTrue(FileSystems.getDefault().supportedFileAttributeViews().contains("posix"), "no POSIX permissions");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"0644", "0600", "0777", "0440", "0000", "1755"})
    void aFileAndADirectoryHaveThePermissionsThatHadoopGivesThem(String mode) throws IOException {
        FsPermission permission = new FsPermission(mode);
        LocalFiles files = initialized(new LocalFiles());
        LocalFileSystem hadoops = initialized(new LocalFileSystem());
        for (String place : new String[] {"file", "directory"}) {
            for (LocalFileSystem each : new LocalFileSystem[] {files, hadoops}) {
                Path path = directory.resolve(place + (each == files));
                if (place.equals("file")) {
                    Files.createFile(path);
                } else {
                    Files.createDirectory(path);
                }
                each.setPermission(new org.apache.hadoop.fs.Path(path.toUri()), permission);
            }
            assertThat(mode(place + true)).isEqualTo(mode(place + false));
        }
    }

    private Object mode(String name) throws IOException {
        return Files.getAttribute(directory.resolve(name), "unix:mode");
    }

    @Test
    void whatIsWrittenMayBeReadByOthersAsHadoopsMaskAllows() throws IOException {
        LocalFiles files = initialized(new LocalFiles());
        Path file = directory.resolve("below/file");
        try (FSDataOutputStream out = files.create(new org.apache.hadoop.fs.Path(file.toUri()))) {
            out.write(1);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r--r--");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
                .isEqualTo("rwxr-xr-x");
    }

    @Test
    void aSessionOfThisProcessHasIt() throws IOException {
        Configuration settings = LocalSpark.session().sparkContext().hadoopConfiguration();
        try (FileSystem files = FileSystem.newInstance(URI.create("file:///"), settings)) {
            assertThat(files).isInstanceOf(LocalFiles.class);
        }
    }

    private static <F extends LocalFileSystem> F initialized(F files) throws IOException {
        files.initialize(URI.create("file:///"), new Configuration(false));
        return files;
    }
}
