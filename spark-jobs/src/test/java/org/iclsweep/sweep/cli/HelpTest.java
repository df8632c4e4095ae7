package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.sweep.cli.Commands.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The help of every command, and the completion of a shell. */
class HelpTest {
    /** Commands of the command line itself. */
    static final Set<String> ITS_OWN = Set.of("help", "generate-completion");

    static Stream<String> commands() {
        return Main.commandLine().getSubcommands().keySet().stream().filter(name -> !ITS_OWN.contains(name));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasAnExampleItsExitCodesAndAWordForEachOption(String command) {
        Said help = Commands.say(command, "--help");
        assertThat(help.exit()).isZero();
        assertThat(help.out())
                .contains("Example:", "bin/icl-sweep " + command, "Exit codes:", "wrong use or wrong input", "--debug");
        CommandLine described = Main.commandLine().getSubcommands().get(command);
        assertThat(described.getCommandSpec().options())
                .allSatisfy(option -> assertThat(option.description())
                        .as(option.longestName())
                        .isNotEmpty());
    }

    /** An example that the command line itself would refuse helps nobody. */
    @ParameterizedTest
    @MethodSource("commands")
    void theOptionsOfAnExampleAreThoseOfItsCommand(String command) {
        CommandLine described = Main.commandLine().getSubcommands().get(command);
        Set<String> known = described.getCommandSpec().optionsMap().keySet();
        for (String example : described.getCommandSpec().usageMessage().footer()) {
            assertThat(Stream.of(example.split(" ")).filter(word -> word.startsWith("--")))
                    .isSubsetOf(known);
        }
    }

    @Test
    void aShellCompletesCommandsAndOptions() {
        Said completion = Commands.say("generate-completion");
        assertThat(completion.exit()).isZero();
        assertThat(completion.out()).contains("complete -F", "quickstart", "--show-prompts");
    }

    @Test
    void aFailureHasItsStackTraceOnlyForThoseWhoAskForIt() {
        Said plain = Commands.say("status", "/no/such/directory");
        assertThat(plain.exit()).isEqualTo(2);
        assertThat(plain.err().lines()).hasSize(1);
        Said traced = Commands.say("status", "--debug", "/no/such/directory");
        assertThat(traced.exit()).isEqualTo(2);
        assertThat(traced.err()).contains("\tat org.iclsweep.");
        assertThat(Commands.say("status", "/no/such/directory").err().lines()).hasSize(1);
    }

    @Test
    void doctorIsAnObjectForScripts() throws IOException {
        Said said = Commands.say("doctor", "--json");
        JsonNode found = new ObjectMapper().readTree(said.out());
        assertThat(found.path("checks").findValuesAsText("check")).contains("java", "libtorch", "disk");
        assertThat(found.path("sound").asBoolean()).isEqualTo(said.exit() == 0);
    }
}
