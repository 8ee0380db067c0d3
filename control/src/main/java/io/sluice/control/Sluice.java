package io.sluice.control;

import io.sluice.control.cli.MainCommand;

/** Where the program begins. */
public final class Sluice {
    private Sluice() {}

    /** Runs a command line; {@code --help} tells which there are. */
    public static void main(String[] arguments) {
        System.exit(MainCommand.newCommandLine().execute(arguments));
    }
}
