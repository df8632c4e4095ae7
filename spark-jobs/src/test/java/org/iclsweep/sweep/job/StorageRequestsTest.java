package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.StorageStatistics;
import org.apache.spark.sql.SparkSession;
import org.iclsweep.sweep.HdfsServer;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.S3Server;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The requests to a shared storage of a whole sweep, driver and tasks, by Hadoop's own statistics: what a wave, a task
 * and a batch add. {@code target/soak/requests.csv}. With {@code -Pobject-store}.
 */
@Tag("soak")
class StorageRequestsTest {
    private static final int TRIALS_PER_SET = 24;
    private static final int TRIALS_PER_BATCH = 12;
    private static final Set<String> OF_S3 = Set.of(
            "action_http_get_request",
            "action_http_head_request",
            "object_put_requests",
            "object_list_request",
            "object_continue_list_request",
            "object_delete_request",
            "object_bulk_delete_request",
            "object_copy_requests");

    @TempDir
    private Path directory;

    @Test
    void aBatchAsksNothingOfHdfs() throws Exception {
        try (HdfsServer server = HdfsServer.start(directory)) {
            measure("hdfs", server.root(), name -> name.startsWith("op_"));
        }
    }

    @Test
    void aBatchAsksNothingOfS3() throws Exception {
        try (S3Server server = S3Server.start(directory)) {
            server.useInThisProcess();
            measure("s3a", server.root(), OF_S3::contains);
        }
    }

    private void measure(String scheme, String root, Predicate<String> requests) throws Exception {
        requests(scheme, root + "/first", 2, 2, 2, requests); // what is asked once in a process
        long few = requests(scheme, root + "/few", 4, 2, 2, requests);
        long moreBatches = requests(scheme, root + "/batches", 4, 2, 8, requests);
        long moreTasks = requests(scheme, root + "/tasks", 4, 8, 8, requests);
        long moreWaves = requests(scheme, root + "/waves", 8, 2, 2, requests);
        double ofBatch = (moreBatches - few) / (4.0 * 6);
        double ofTask = (moreTasks - moreBatches) / (4.0 * 6);
        double ofWave = (moreWaves - few) / 4.0 - 2 * ofTask;
        ScaleTest.write(
                "requests",
                "storage,of_a_batch,of_a_task,of_a_wave",
                String.format(Locale.ROOT, "%s,%.2f,%.2f,%.2f", scheme, ofBatch, ofTask, ofWave));
        assertThat(ofBatch).as("but for heartbeats meanwhile").isLessThan(1);
    }

    /** The requests of a sweep of so many waves, each of so many tasks and batches. */
    private long requests(String scheme, String output, int waves, int tasks, int batches, Predicate<String> requests)
            throws Exception {
        int sets = waves * batches * TRIALS_PER_BATCH / TRIALS_PER_SET;
        SparkSession spark = LocalSpark.session();
        spark.conf().set("spark.iclsweep.waveBatches", Integer.toString(batches));
        try {
            SweepPlan<GridSpecification, Trial> plan = SweepFiles.in(directory)
                    .plan(
                            "sweep.demonstrations.sets-per-task=" + sets,
                            "sweep.execution.batch-trials=" + TRIALS_PER_BATCH,
                            "sweep.execution.tasks-per-wave=" + tasks,
                            "sweep.output=\"" + output + "\"");
            long before = count(scheme, requests);
            SweepOutcome outcome = SweepRun.run(spark, ArithmeticRunners.SOUND.on(plan), StopSignal.never());
            assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
            long asked = count(scheme, requests) - before;
            assertThat(SweepRows.committed(Storage.at(output))).hasSize(waves);
            return asked;
        } finally {
            spark.conf().set("spark.iclsweep.waveBatches", "1");
        }
    }

    private static long count(String scheme, Predicate<String> requests) {
        long sum = 0;
        for (Iterator<StorageStatistics> all =
                        FileSystem.getGlobalStorageStatistics().iterator();
                all.hasNext(); ) {
            StorageStatistics one = all.next();
            if (scheme.equals(one.getScheme())) {
                for (Iterator<StorageStatistics.LongStatistic> each = one.getLongStatistics(); each.hasNext(); ) {
                    StorageStatistics.LongStatistic statistic = each.next();
                    sum += requests.test(statistic.getName()) ? statistic.getValue() : 0;
                }
            }
        }
        return sum;
    }
}
