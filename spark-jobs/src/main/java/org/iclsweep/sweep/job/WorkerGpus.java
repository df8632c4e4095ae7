package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.DeployMessages;
import org.apache.spark.deploy.master.WorkerInfo;
import org.apache.spark.deploy.master.WorkerState;
import scala.reflect.ClassTag$;

/** The GPUs of a standalone cluster's living workers, free and taken ones, as its master knows them. */
final class WorkerGpus {
    private WorkerGpus() {}

    /** A number for each worker; empty where no master tells. */
    static List<Integer> of(SparkConf spark, Duration patience) {
        return MasterProbe.ask(spark, patience, master -> {
                    DeployMessages.MasterStateResponse state = master.askSync(
                            DeployMessages.RequestMasterState$.MODULE$,
                            ClassTag$.MODULE$.apply(DeployMessages.MasterStateResponse.class));
                    return Arrays.stream(state.workers())
                            .filter(worker -> worker.state().equals(WorkerState.ALIVE()))
                            .map(WorkerGpus::count)
                            .toList();
                })
                .orElseGet(List::of);
    }

    private static int count(WorkerInfo worker) {
        return worker.resources().get("gpu").isEmpty()
                ? 0
                : worker.resources().get("gpu").get().addresses().size();
    }
}
