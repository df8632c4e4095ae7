package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.util.Utils;
import org.iclsweep.sweep.run.UnfitMachineException;
import scala.Option;

/**
 * The cluster manager that a master's URL names, asked before Spark starts: Spark itself waits for a minute, and then
 * stops without naming the cause.
 */
final class MasterProbe {
    /** The time that a standalone master has to answer. */
    static final Duration PATIENCE = Duration.ofSeconds(8);

    /** The name under which Spark's standalone master receives applications. */
    private static final String ENDPOINT = "Master";

    private MasterProbe() {}

    /**
     * Requires a cluster manager that can be asked for executors.
     *
     * @throws WrongSettingException if the URL of a standalone master has no host or no port
     * @throws UnfitMachineException if no standalone master answers, or Spark's client for the manager is not here
     */
    static void requireAnswer(SparkConf spark, Duration patience) {
        String master = spark.get("spark.master");
        if (master.startsWith("spark://")) {
            requireMaster(spark, master, patience);
        } else if (master.equals("yarn")) {
            requireClient(master, "org.apache.spark.deploy.yarn.Client");
        } else if (master.startsWith("k8s://")) {
            requireClient(master, "org.apache.spark.deploy.k8s.submit.KubernetesClientApplication");
        }
    }

    /** Of several masters, all but one of which stand by, one has to answer. */
    private static void requireMaster(SparkConf spark, String master, Duration patience) {
        List<String> refusals = new ArrayList<>();
        RpcAddress[] addresses = addresses(master);
        RpcEnv client = client(spark, patience);
        try {
            for (RpcAddress address : addresses) {
                try {
                    client.setupEndpointRef(address, ENDPOINT);
                    return;
                } catch (Exception e) { // Scala declares none
                    refusals.add(address.hostPort() + ": " + reason(e));
                }
            }
        } finally {
            client.shutdown();
        }
        throw new UnfitMachineException(
                "spark.master: expected a standalone master at %s, found none that answers within %s s (%s); start it, or"
                                .formatted(master, patience.toSeconds(), String.join(", ", refusals))
                        + " correct --master (docs/how-to/cluster.md)");
    }

    /** The answer of the first standalone master that has one; empty where none has. */
    static <A> Optional<A> ask(SparkConf spark, Duration patience, Function<RpcEndpointRef, A> question) {
        RpcEnv client = client(spark, patience);
        try {
            for (RpcAddress address : addresses(spark.get("spark.master"))) {
                try {
                    return Optional.of(question.apply(client.setupEndpointRef(address, ENDPOINT)));
                } catch (Exception e) { // Scala declares none
                    // one that stands by does not answer
                }
            }
            return Optional.empty();
        } finally {
            client.shutdown();
        }
    }

    private static RpcAddress[] addresses(String master) {
        try {
            return Arrays.stream(Utils.parseStandaloneMasterUrls(master))
                    .map(RpcAddress::fromSparkURL)
                    .toArray(RpcAddress[]::new);
        } catch (Exception e) { // a SparkException, which Scala does not declare
            if (!(e instanceof SparkException)) {
                throw e;
            }
            throw new WrongSettingException(
                    "spark.master: expected spark://HOST:PORT, found \"" + master + "\"; give one with --master", e);
        }
    }

    private static RpcEnv client(SparkConf spark, Duration patience) {
        SparkConf impatient = spark.clone().set("spark.rpc.lookupTimeout", patience.toSeconds() + "s");
        SecurityManager security =
                new SecurityManager(impatient, Option.empty(), SecurityManager.$lessinit$greater$default$3());
        return RpcEnv.create("masterProbe", Utils.localHostName(), 0, impatient, security, true);
    }

    private static String reason(Exception failure) {
        Throwable root = Stream.<Throwable>iterate(failure, cause -> cause != null, Throwable::getCause)
                .reduce(failure, (first, second) -> second);
        boolean silent = root instanceof TimeoutException;
        return silent ? "no answer in Spark's protocol" : root.getClass().getSimpleName() + ": " + root.getMessage();
    }

    private static void requireClient(String master, String client) {
        try {
            Class.forName(client, false, Thread.currentThread().getContextClassLoader());
        } catch (ClassNotFoundException e) {
            throw new UnfitMachineException(
                    ("spark.master: %s: expected Spark's client for it on the class path, found none;"
                                    + " submit the sweep with a Spark installation that has it (docs/how-to/cluster.md)")
                            .formatted(master),
                    e);
        }
    }
}
