package io.github.ift4j.samples.tiny;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.ift4j.jlama.checkpoint.HuggingFaceDirectory;
import io.github.ift4j.jlama.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedModelTest {
    @TempDir
    private static Path directory;

    @BeforeAll
    static void copy() throws IOException {
        EmbeddedModel.copyModel(directory.resolve("model"));
        EmbeddedModel.copyData(directory.resolve("data"));
    }

    @Test
    void takesAtMostFourMegabytes() throws IOException {
        assertThat(Files.size(directory.resolve("model/model.safetensors"))).isBetween(3_600_000L, 4_000_000L);
    }

    @Test
    void isAHuggingFaceDirectoryOfTheTinyModel() {
        try (HuggingFaceDirectory model = HuggingFaceDirectory.open(directory.resolve("model"))) {
            assertThat(model.config()).isEqualTo(TinyModel.config());
            assertThat(model.tensorNames())
                    .hasSize(38)
                    .contains("model.embed_tokens.weight")
                    .doesNotContain("lm_head.weight");
        }
    }

    @Test
    void speaksTheVocabularyOfItsCorpus() throws IOException {
        BytePairVocabulary vocabulary = MakeTinyModel.vocabulary(new Corpus(World.of(World.SEED)));

        try (Tokenizer tokenizer = Tokenizer.load(directory.resolve("model"))) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(TinyModel.VOCABULARY);
            for (int id = 0; id < TinyModel.VOCABULARY; id++) {
                assertThat(tokenizer.tokenOf(id)).isEqualTo(vocabulary.tokens().get(id));
            }
        }
    }

    @Test
    void comesWithTheChatsOfItsWorld() throws IOException {
        ChatData chats = EmbeddedModel.chats();

        assertThat(Files.readString(directory.resolve("data/tuning.jsonl"))).isEqualTo(ChatFiles.lines(chats.tuning()));
        assertThat(Files.readString(directory.resolve("data/test.jsonl"))).isEqualTo(ChatFiles.lines(chats.test()));
    }
}
