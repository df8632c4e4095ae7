package org.iclsweep.sweep.job;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.service.Service;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

/**
 * YARN's resource manager and a node manager in this process: Hadoop's own small cluster, whose class is on the class
 * path of this process alone. It writes the settings for its clients to the file that is its argument, and stays.
 */
final class YarnServer {
    private static final int MEMORY_MIB = 8192;
    private static final int CORES = 8;

    private YarnServer() {}

    public static void main(String[] arguments) throws Exception {
        Configuration settings = new YarnConfiguration();
        settings.setInt(YarnConfiguration.NM_PMEM_MB, MEMORY_MIB);
        settings.setInt(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, MEMORY_MIB);
        settings.setInt(YarnConfiguration.NM_VCORES, CORES);
        settings.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 256);
        settings.set("yarn.scheduler.capacity.root.queues", "default");
        settings.set("yarn.scheduler.capacity.root.default.capacity", "100");
        settings.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1");
        // A test's machine may be nearly full.
        settings.set("yarn.nodemanager.disk-health-checker.enable", "false");
        settings.setBoolean(YarnConfiguration.NM_VMEM_CHECK_ENABLED, false);
        settings.setBoolean(YarnConfiguration.YARN_MINICLUSTER_FIXED_PORTS, false);
        Service cluster = (Service) Class.forName("org.apache.hadoop.yarn.server.MiniYARNCluster")
                .getConstructor(String.class, int.class, int.class, int.class)
                .newInstance("yarn", 1, 1, 1);
        cluster.init(settings);
        cluster.start();
        Path file = Path.of(arguments[0]);
        Path written = file.resolveSibling("written.xml");
        try (OutputStream out = Files.newOutputStream(written)) {
            cluster.getConfig().writeXml(out);
        }
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        Thread.currentThread().join();
    }
}
