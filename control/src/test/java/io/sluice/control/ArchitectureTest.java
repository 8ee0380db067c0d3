package io.sluice.control;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** The arrows between the modules, and what only one of them may see. */
@AnalyzeClasses(packages = "io.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule ARROWS =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .layer("control")
                    .definedBy("io.sluice.control..")
                    .layer("fastpath")
                    .definedBy("io.sluice.fastpath..")
                    .layer("nat-lb")
                    .definedBy("io.sluice.natlb..")
                    .layer("conntrack")
                    .definedBy("io.sluice.conntrack..")
                    .layer("packet")
                    .definedBy("io.sluice.packet..")
                    .layer("dpdk-bindings")
                    .definedBy("io.sluice.dpdk..")
                    .whereLayer("control")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("fastpath")
                    .mayOnlyBeAccessedByLayers("control")
                    .whereLayer("nat-lb")
                    .mayOnlyBeAccessedByLayers("fastpath", "control")
                    .whereLayer("conntrack")
                    .mayOnlyBeAccessedByLayers("fastpath", "control")
                    .whereLayer("packet")
                    .mayOnlyBeAccessedByLayers("nat-lb", "conntrack", "fastpath", "control")
                    .whereLayer("dpdk-bindings")
                    .mayOnlyBeAccessedByLayers("fastpath", "control");

    @ArchTest
    static final ArchRule ONLY_DPDK_BINDINGS_CALL_NATIVE_CODE =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.sluice.dpdk..")
                    .should()
                    .dependOnClassesThat()
                    .areAssignableTo(Linker.class)
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(SymbolLookup.class)
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(MethodHandle.class);

    @ArchTest
    static final ArchRule ROOMS_OF_CONTROL_ARE_NO_RING =
            slices().matching("io.sluice.control.(*)..").should().beFreeOfCycles();
}
