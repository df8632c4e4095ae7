package org.iclsweep.sweep.cli;

import org.iclsweep.sweep.job.CodeVersion;
import picocli.CommandLine.IVersionProvider;

/** The output of {@code --version}. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"icl-sweep " + CodeVersion.CURRENT};
    }
}
