package io.github.ift4j.jlama.text.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.ift4j.jlama.fuzz.Fuzz;
import io.github.ift4j.jlama.text.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Damaged templates render or fail with a clear exception, within the limits. */
class TemplateFuzzTest {
    private static final int ROUNDS = Fuzz.count(3000);
    private static final Limits LIMITS = new Limits(1 << 16, 300, 20_000, 200_000);

    private static final String EMBEDDED =
            "samples/src/main/resources/io/github/ift4j/samples/tiny/model/tokenizer_config.json";

    private static final String TEMPLATE = """
        {%- macro show(v, depth=0) %}
            {%- if v is mapping %}{% for k, x in v|items %}{{ k ~ ': ' }}{{ show(x, depth + 1) }}{% endfor %}
            {%- else %}{{ v|string|trim }}{% endif %}
        {%- endmacro %}
        {% set ns = namespace(n=0, seen=[]) %}
        {{- bos_token }}{# a comment -#}
        {% for m in messages if m.role != 'system' %}
            {%- set ns.n = ns.n + 1 %}
            {%- set ns.seen = ns.seen + [m.role] %}
            {{- '<|' + m['role'] + '|>\\n' + m.content | trim + eos_token }}
            {%- if loop.last and not loop.first %}{{ loop.previtem.content[::-1] }}{% break %}{% endif %}
        {%- else %}{{ raise_exception('none') }}
        {%- endfor %}
        {% raw %}{{ raw }}{% endraw %}
        {{ show({'a': {'b': [1, 2.5, none, true]}}) }}{{ ns.seen | unique | join(',') }}
        {{ messages | map(attribute='role') | list | tojson(indent=2) }}{{ '%s-%05d' % ('x', ns.n) }}
        {%- if add_generation_prompt %}{{ "<|assistant|>" if ns.n > 1 else 'start' }}{% endif %}
        """;

    private static final List<String> PIECES = List.of(
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "-%}",
            "{%-",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            "|",
            ".",
            ",",
            ":",
            "'",
            "\"",
            "~",
            "**",
            "//",
            "%",
            " is ",
            " not ",
            " in ",
            " if ",
            " else ",
            "for ",
            "endfor",
            "endif",
            "macro ",
            "set ",
            "loop",
            "messages",
            "range(99999)",
            "9999999999",
            "|list",
            "|tojson",
            "|join",
            "|sort",
            ".items()",
            "* 10**9",
            "recursive",
            "{% endmacro %}",
            "{% raw %}",
            "show(messages)",
            "\\",
            "\uD83D",
            "é",
            "\0");

    /** Of models where there are any, and the one that comes with the repository. */
    @Test
    void soDoesADamagedTemplateOfAModel() throws IOException {
        List<String> templates = modelTemplates();
        assertThat(templates).isNotEmpty();
        Random random = new Random(15);
        int failed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder template = new StringBuilder(templates.get(round % templates.size()));
            for (int change = random.nextInt(4); change >= 0; change--) {
                damage(template, random);
            }
            failed += fails(template.toString()) ? 1 : 0;
        }
        assertThat(failed).isBetween(1, ROUNDS - 1);
    }

    private static List<String> modelTemplates() throws IOException {
        List<String> templates = new ArrayList<>();
        templates.add(new ObjectMapper()
                .readTree(SharedFolder.repository().resolve(EMBEDDED).toFile())
                .path("chat_template")
                .asText());
        Optional<Path> folder = SharedFolder.find("templates");
        if (folder.isPresent()) {
            try (Stream<Path> files = Files.list(folder.get())) {
                for (Path file : files.filter(f -> f.toString().endsWith(".json"))
                        .sorted()
                        .toList()) {
                    templates.add(new ObjectMapper()
                            .readTree(file.toFile())
                            .path("template")
                            .asText());
                }
            }
        }
        return templates;
    }

    @Test
    void aDamagedTemplateRendersOrSaysWhatIsWrong() {
        Random random = new Random(13);
        int failed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder template = new StringBuilder(TEMPLATE);
            for (int change = random.nextInt(4); change >= 0; change--) {
                damage(template, random);
            }
            failed += fails(template.toString()) ? 1 : 0;
        }
        assertThat(failed).isBetween(1, ROUNDS - 1);
    }

    @Test
    void soDoesOneOfPiecesPutTogetherAtRandom() {
        Random random = new Random(14);
        int failed = 0;
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder template = new StringBuilder();
            for (int i = random.nextInt(20); i >= 0; i--) {
                template.append(PIECES.get(random.nextInt(PIECES.size())));
            }
            failed += fails(template.toString()) ? 1 : 0;
        }
        assertThat(failed).isBetween(1, ROUNDS - 1);
    }

    private static void damage(StringBuilder template, Random random) {
        int at = random.nextInt(template.length());
        int to = Math.min(template.length(), at + random.nextInt(12));
        switch (random.nextInt(4)) {
            case 0 -> template.delete(at, to);
            case 1 -> template.insert(random.nextInt(template.length()), template.substring(at, to));
            case 2 -> template.insert(at, PIECES.get(random.nextInt(PIECES.size())));
            default -> template.replace(at, to, PIECES.get(random.nextInt(PIECES.size())));
        }
    }

    private static boolean fails(String template) {
        Map<String, Object> variables = Map.of(
                "bos_token",
                "<s>",
                "eos_token",
                "</s>",
                "add_generation_prompt",
                true,
                "tools",
                List.of(Map.of("type", "function", "function", Map.of("name", "f", "description", "d"))),
                "messages",
                List.of(Map.of("role", "user", "content", " Hi 👩 "), Map.of("role", "assistant", "content", "Hello")));
        try {
            Rendering rendering =
                    Template.parse(template, LIMITS).render(variables, () -> LocalDateTime.of(2026, 1, 2, 3, 4, 5));
            assertThat(rendering.text().length()).isLessThanOrEqualTo((int) LIMITS.chars());
            return false;
        } catch (TemplateException e) {
            assertThat(e.reason()).isNotBlank();
            return true;
        }
    }
}
