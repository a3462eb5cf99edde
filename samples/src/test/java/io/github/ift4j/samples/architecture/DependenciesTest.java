package io.github.ift4j.samples.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DependenciesTest {
    private static final Dependencies RULES = new Dependencies("io.github.ift4j");
    private static JavaClasses project;

    @BeforeAll
    static void importProject() {
        project = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages(RULES.root());
    }

    @Test
    void everyModuleIsLookedAt() {
        Set<String> packages = new TreeSet<>();
        project.forEach(type -> packages.add(type.getPackageName()));
        for (String module : Dependencies.MODULES) {
            String prefix = RULES.root() + "." + module;
            assertThat(packages).anyMatch(name -> name.startsWith(prefix));
        }
    }

    @Test
    void modulesUseThoseBelowThemOnly() {
        RULES.pointDownwards().forEach(rule -> rule.check(project));
    }

    @Test
    void coreUsesNoModelLibrary() {
        RULES.coreIsFreeOfModelLibraries().check(project);
    }

    @Test
    void jlamaUsesNoLangChain4j() {
        RULES.jlamaIsFreeOfLangChain4j().check(project);
    }

    @Test
    void springAndMicrometerAreOptional() {
        RULES.springIsOptional().forEach(rule -> rule.check(project));
    }

    @Test
    void packagesOfAModuleFormNoCycle() {
        RULES.packagesAreFreeOfCycles().check(project);
    }

    /** Negative control: classes made for this test break every rule, and every rule says so. */
    @Test
    void theRulesFindWhatIsWrong() {
        Dependencies rules = new Dependencies("io.github.ift4j.samples.architecture.upsidedown");
        JavaClasses upsideDown = new ClassFileImporter().importPackages(rules.root());

        List<ArchRule> broken = rules.pointDownwards();
        assertThat(broken).hasSize(3);
        for (ArchRule rule : broken) {
            assertThatThrownBy(() -> rule.check(upsideDown)).isInstanceOf(AssertionError.class);
        }
        assertThatThrownBy(() -> rules.coreIsFreeOfModelLibraries().check(upsideDown))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> rules.jlamaIsFreeOfLangChain4j().check(upsideDown))
                .isInstanceOf(AssertionError.class);
        assertThat(rules.springIsOptional())
                .allSatisfy(
                        rule -> assertThatThrownBy(() -> rule.check(upsideDown)).isInstanceOf(AssertionError.class));
        assertThatThrownBy(() -> rules.packagesAreFreeOfCycles().check(upsideDown))
                .isInstanceOf(AssertionError.class);
    }
}
