package io.tfcluster.tests.arrows;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import io.tfcluster.tests.harness.Repository;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may see whom, in main code; the picture is in the package pages of the modules. */
class ArrowsTest {
    /** Modules that hold code: their rules fail when there is nothing to check. A module that lands must be added here. */
    private static final Set<Module> LANDED = EnumSet.of(
            Module.TRANSPORT,
            Module.RESERVATION,
            Module.FEEDING,
            Module.TRAINING,
            Module.RECORDS,
            Module.TFCLUSTER,
            Module.ESTIMATOR,
            Module.TOOLS,
            Module.EXAMPLES);

    private static JavaClasses ours;

    @BeforeAll
    static void readOurClasses() {
        Path root = Repository.root().orElseThrow();
        List<Location> locations = Stream.of(
                        System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath())
                .filter(entry -> entry.startsWith(root) && Files.exists(entry) && !entry.endsWith("test-classes"))
                .filter(entry -> !entry.startsWith(root.resolve("harness"))) // belongs to the tests
                .map(ArrowsTest::location)
                .toList();
        ours = new ClassFileImporter().importLocations(locations);
    }

    private static Location location(Path entry) {
        if (Files.isDirectory(entry)) {
            return Location.of(entry);
        }
        try (JarFile jar = new JarFile(entry.toFile())) {
            return Location.of(jar);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + entry, e);
        }
    }

    @Test
    void exactlyTheLandedModulesHoldCode() {
        Set<Module> found = ours.stream()
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .flatMap(type -> Module.of(type).stream())
                .collect(Collectors.toSet());

        assertThat(found)
                .as("modules with classes on the class path; extend LANDED when one is new")
                .isEqualTo(LANDED);
    }

    @Test
    void everyClassOfOursBelongsToAModule() {
        assertThat(ours)
                .isNotEmpty()
                .allSatisfy(type ->
                        assertThat(Module.of(type)).as(type.getFullName()).isPresent());
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void moduleUsesOnlyWhatItMay(Module module) {
        check(module, ArrowRules.useOnly(module.classes(), module.mayUse()));
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void packagesOfAModuleFormNoCircle(Module module) {
        check(module, ArrowRules.packagesFormNoCircle(module.classes()));
    }

    @ParameterizedTest
    @EnumSource(Module.class)
    void publicTypesLieInTheRootPackageOrInInternal(Module module) {
        check(module, ArrowRules.publicTypesLieIn(module.classes(), module.publicPackages()));
    }

    @Test
    void inFeedingOnlyTensorSeesTensorFlow() {
        DescribedPredicate<JavaClass> rest =
                Module.FEEDING.classes().and(DescribedPredicate.not(resideInAPackage("io.tfcluster.feeding.tensor..")));

        check(Module.FEEDING, ArrowRules.doNotUse(rest, "org.tensorflow..", "org.bytedeco.."));
    }

    @Test
    void tfclusterDoesNotSeeSparkMl() {
        check(
                Module.TFCLUSTER,
                ArrowRules.doNotUse(Module.TFCLUSTER.classes(), "org.apache.spark.ml..", "org.apache.spark.mllib.."));
    }

    @ParameterizedTest
    @EnumSource(
            value = Module.class,
            names = {"ESTIMATOR", "TOOLS", "EXAMPLES"})
    void usersSeeNoInternalPackage(Module module) {
        check(module, ArrowRules.doNotUseInternalsOfOthers(module.classes()));
    }

    @Test
    void nobodyIsCalledUtil() {
        ArrowRules.nobodyIsCalledUtil().check(ours);
    }

    @Test
    void javaSerializationStaysInside() {
        ArrowRules.javaSerializationStaysInside().check(ours);
    }

    @Test
    void nobodySleeps() {
        ArrowRules.nobodySleeps().check(ours);
    }

    private static void check(Module module, ArchRule rule) {
        rule.allowEmptyShould(!LANDED.contains(module)).check(ours);
    }
}
