package org.iclsweep.sweep.job;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.yarn.api.records.NodeReport;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;

/** The GPUs of YARN's nodes, free and taken ones, as its resource manager knows them. */
final class NodeGpus {
    private static final String GPU = ResourceInformation.GPU_URI;

    private NodeGpus() {}

    /** A number for each running node; empty where the resource manager does not tell. */
    static List<Integer> of(SparkConf spark) {
        try (YarnClient yarn = YarnClient.createYarnClient()) {
            yarn.init(new YarnConfiguration(SparkHadoopUtil.get().newConfiguration(spark)));
            yarn.start();
            return yarn.getNodeReports(NodeState.RUNNING).stream()
                    .map(NodeGpus::count)
                    .toList();
        } catch (IOException | YarnException | RuntimeException e) {
            return List.of(); // a driver in the cluster may not be allowed to ask
        }
    }

    private static int count(NodeReport node) {
        for (ResourceInformation resource : node.getCapability().getResources()) {
            if (resource.getName().equals(GPU)) {
                return (int) Math.min(Integer.MAX_VALUE, resource.getValue());
            }
        }
        return 0;
    }
}
