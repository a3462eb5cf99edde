package io.github.ift4j.samples.tiny;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Pre-training text about a {@link World}: every fact many times in many wordings, sums worked out, stories, talk. None of it is in
 * the chat format and none of it answers a question as a chat assistant should.
 */
public final class Corpus {
    /** How many of a hundred documents are written in which way. */
    private static final Map<Passage, Integer> SHARES = ImmutableMap.<Passage, Integer>builder()
            .put(PeoplePassages::profile, 18)
            .put(PeoplePassages::hearsay, 9)
            .put(PeoplePassages::summaries, 5)
            .put(PeoplePassages::nextDoor, 8)
            .put(MarketPassages::prices, 7)
            .put(MarketPassages::priceList, 2)
            .put(MarketPassages::sums, 7)
            .put(MarketPassages::change, 4)
            .put(MarketPassages::comparisons, 4)
            .put(MarketPassages::arithmetic, 2)
            .put(StoryPassages::story, 6)
            .put(TalkPassages::aboutPeople, 14)
            .put(TalkPassages::aboutGoods, 10)
            .put(StrangerPassages::tale, 3)
            .put(StrangerPassages::scribble, 1)
            .build();

    private final World world;
    private final List<Passage> passages = new ArrayList<>();

    /** @param world what to write about */
    public Corpus(World world) {
        this.world = world;
        SHARES.forEach((passage, share) -> {
            for (int i = 0; i < share; i++) {
                passages.add(passage);
            }
        });
    }

    /** The documents of a seed. */
    public List<String> documents(long seed, int count) {
        Dice dice = new Dice(seed);
        List<String> documents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            documents.add(dice.pick(passages).write(world, dice));
        }
        return documents;
    }
}
