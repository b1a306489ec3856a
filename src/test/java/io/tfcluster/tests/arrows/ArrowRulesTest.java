package io.tfcluster.tests.arrows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.tfcluster.tests.harness.Lifeline;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** Each rule finds the offence it is for. */
class ArrowRulesTest {
    private static final DescribedPredicate<JavaClass> ALL = DescribedPredicate.alwaysTrue();

    private static JavaClasses only(Class<?>... types) {
        return new ClassFileImporter().importClasses(types);
    }

    private static void assertBreaks(ArchRule rule, Class<?> type) {
        assertThatThrownBy(() -> rule.check(only(type)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(type.getSimpleName());
    }

    @Test
    void useOfAnotherPackageIsFound() {
        DescribedPredicate<JavaClass> type =
                DescribedPredicate.describe("are the fixture", candidate -> candidate.isEquivalentTo(UsesLogger.class));

        assertBreaks(ArrowRules.useOnly(type, List.of("java..")), UsesLogger.class);
        ArrowRules.useOnly(type, List.of("java..", "org.slf4j..")).check(only(UsesLogger.class));
        assertBreaks(ArrowRules.doNotUse(ALL, "org.slf4j.."), UsesLogger.class);
    }

    @Test
    void sleepIsFound() {
        assertBreaks(ArrowRules.nobodySleeps(), Sleeps.class);
        assertBreaks(ArrowRules.nobodySleeps(), SleepsByUnit.class);
    }

    @Test
    void javaSerializationIsFound() {
        assertBreaks(ArrowRules.javaSerializationStaysInside(), Deserializes.class);
        assertBreaks(ArrowRules.javaSerializationStaysInside(), OwnStream.class);
    }

    @Test
    void utilIsFound() {
        assertBreaks(ArrowRules.nobodyIsCalledUtil(), StringUtil.class);
    }

    @Test
    void publicTypeOutsideTheRootIsFound() {
        assertBreaks(ArrowRules.publicTypesLieIn(ALL, "io.tfcluster.training"), Lifeline.class);
    }

    @Test
    void circleOfPackagesIsFound() {
        JavaClasses circle = only(Collection.class, Stream.class, Collectors.class);

        assertThatThrownBy(() -> ArrowRules.packagesFormNoCircle(ALL).check(circle))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Cycle detected");
    }

    @Test
    void ruleWithoutClassesFails() {
        ArchRule rule = ArrowRules.useOnly(Module.TRANSPORT.classes(), Module.TRANSPORT.mayUse());

        assertThatThrownBy(() -> rule.check(only(Sleeps.class))).hasMessageContaining("failed to check any classes");
    }

    @Test
    void testsBelongToNoModule() {
        assertThat(Module.of(only(Sleeps.class).get(Sleeps.class))).isEmpty();
    }

    static final class UsesLogger {
        Logger[][] loggers = {};
    }

    static final class Sleeps {
        static void sleep() throws InterruptedException {
            Thread.sleep(1);
        }
    }

    static final class SleepsByUnit {
        static void sleep() throws InterruptedException {
            TimeUnit.SECONDS.sleep(1);
        }
    }

    static final class Deserializes {
        static Object read(InputStream in) throws IOException, ClassNotFoundException {
            return new ObjectInputStream(in).readObject();
        }
    }

    static final class OwnStream extends ObjectInputStream {
        OwnStream() throws IOException {}
    }

    static final class StringUtil {}
}
