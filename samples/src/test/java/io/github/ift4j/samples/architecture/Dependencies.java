package io.github.ift4j.samples.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which way dependencies may point, as rules over all packages below a root.
 *
 * @param root the package that holds one package a module
 */
record Dependencies(String root) {
    /** The modules, each of which may use those before it only. */
    static final List<String> MODULES = List.of("core", "jlama", "langchain4j", "samples");

    /** No module uses one that stands above it. */
    List<ArchRule> pointDownwards() {
        return Stream.iterate(0, module -> module < MODULES.size() - 1, module -> module + 1)
                .map(module -> noClasses()
                        .that()
                        .resideInAPackage(packageOf(MODULES.get(module)))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(MODULES.stream()
                                .skip(module + 1)
                                .map(this::packageOf)
                                .toArray(String[]::new)))
                .<ArchRule>map(rule -> rule)
                .toList();
    }

    /** What trains knows neither the library that models come from nor the one that applications use. */
    ArchRule coreIsFreeOfModelLibraries() {
        return noClasses()
                .that()
                .resideInAPackage(packageOf("core"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.github.tjake..", "dev.langchain4j..", "ai.djl..");
    }

    /** Models know nothing of the API that applications use them through. */
    ArchRule jlamaIsFreeOfLangChain4j() {
        return noClasses()
                .that()
                .resideInAPackage(packageOf("jlama"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.langchain4j..");
    }

    /** One jar serves applications with and without Spring: only one of its packages, which no other uses, knows Spring and Micrometer. */
    List<ArchRule> springIsOptional() {
        String spring = root + ".langchain4j.spring..";
        return List.of(
                noClasses()
                        .that()
                        .resideInAnyPackage(packageOf("core"), packageOf("jlama"), packageOf("langchain4j"))
                        .and()
                        .resideOutsideOfPackage(spring)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("org.springframework..", "io.micrometer..", "jakarta.."),
                noClasses()
                        .that()
                        .resideInAPackage(packageOf("langchain4j"))
                        .and()
                        .resideOutsideOfPackage(spring)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(spring));
    }

    /** The packages of a module form no cycle. */
    ArchRule packagesAreFreeOfCycles() {
        return slices().matching(root + ".(*).(*)..").should().beFreeOfCycles();
    }

    private String packageOf(String module) {
        return root + "." + module + "..";
    }
}
