package io.sluice.control.command;

/** Which Sluice this is. */
public final class Version {
    private Version() {}

    /** As the jar says; "development" for classes that are in none. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
