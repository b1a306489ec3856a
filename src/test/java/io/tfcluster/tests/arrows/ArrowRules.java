package io.tfcluster.tests.arrows;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;

/** The rules, apart from the classes they are asked about, so that each can be seen to fail. */
final class ArrowRules {
    private ArrowRules() {}

    /** These classes use each other and the given packages, nothing else. */
    static ArchRule useOnly(DescribedPredicate<JavaClass> these, List<String> packages) {
        DescribedPredicate<JavaClass> allowed = these.or(DescribedPredicate.describe(
                "reside in any of " + packages,
                type -> type.getBaseComponentType().isPrimitive()
                        || resideInAnyPackage(packages.toArray(String[]::new)).test(type.getBaseComponentType())));
        return classes().that(these).should().onlyDependOnClassesThat(allowed);
    }

    static ArchRule doNotUse(DescribedPredicate<JavaClass> these, String... packages) {
        return noClasses().that(these).should().dependOnClassesThat().resideInAnyPackage(packages);
    }

    /** What a module keeps to itself is for itself. */
    static ArchRule doNotUseInternalsOfOthers(DescribedPredicate<JavaClass> these) {
        return noClasses()
                .that(these)
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.tfcluster..internal..").and(DescribedPredicate.not(these)));
    }

    static ArchRule packagesFormNoCircle(DescribedPredicate<JavaClass> these) {
        SliceAssignment byPackage = new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass type) {
                return these.test(type) ? SliceIdentifier.of(type.getPackageName()) : SliceIdentifier.ignore();
            }

            @Override
            public String getDescription() {
                return "packages of classes that " + these.getDescription();
            }
        };
        return SlicesRuleDefinition.slices()
                .assignedFrom(byPackage)
                .namingSlices("package $1")
                .should()
                .beFreeOfCycles();
    }

    static ArchRule publicTypesLieIn(DescribedPredicate<JavaClass> these, String... packages) {
        return classes()
                .that(these)
                .and()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .and()
                .resideOutsideOfPackage(Module.TENSORFLOW)
                .should()
                .resideInAnyPackage(packages);
    }

    static ArchRule nobodyIsCalledUtil() {
        return noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .resideInAnyPackage("..util..", "..utils..");
    }

    /** The user's main function travels as Spark's own closures do, in task data, over a child's standard input and in a saved stage: never on a socket. */
    static ArchRule javaSerializationStaysInside() {
        return noClasses()
                .that()
                .haveNameNotMatching("io\\.tfcluster\\.(UserMain|NodeOrder|estimator\\.Work)(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ObjectOutputStream.class);
    }

    static ArchRule nobodySleeps() {
        return noClasses()
                .that()
                // a peer that does not listen yet, and a flag on a parameter server, can only be asked again
                .haveNameNotMatching("io\\.tfcluster\\.training\\.(ring\\.RingForming|PsConnection)")
                .should()
                .callMethodWhere(DescribedPredicate.describe("target is a sleep", ArrowRules::isSleep))
                .because("a wait must end when the thing awaited is there");
    }

    private static boolean isSleep(JavaCall<?> call) {
        String owner = call.getTargetOwner().getName();
        return call.getName().equals("sleep")
                && (call.getTargetOwner().isAssignableTo(Thread.class)
                        || owner.equals("java.util.concurrent.TimeUnit"));
    }
}
