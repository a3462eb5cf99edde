package io.github.ift4j.samples.tiny;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;

/** What the town is made of. */
final class Words {
    static final List<String> WOMEN = List.of(
            "Anna", "Bella", "Clara", "Dora", "Ella", "Flora", "Greta", "Hanna", "Ida", "Julia", "Karla", "Lena",
            "Mona", "Nina", "Olga", "Paula", "Rosa", "Sara", "Tina", "Vera", "Wilma", "Yara", "Zoe", "Mary");
    static final List<String> MEN = List.of(
            "Adam", "Ben", "Carl", "David", "Emil", "Frank", "Georg", "Hugo", "Ivan", "Jack", "Kurt", "Leo", "Max",
            "Noah", "Otto", "Peter", "Robert", "Simon", "Tom", "Victor", "Walter", "Felix", "Martin", "Oscar");
    static final List<String> STREETS = List.of(
            "Mill Lane",
            "Harbour Street",
            "Church Hill",
            "Bridge Road",
            "Lamp Alley",
            "Garden Row",
            "Market Square",
            "Cliff Walk",
            "Rope Street",
            "Station Road",
            "Willow Lane",
            "Tower Hill");
    static final List<String> JOBS = List.of(
            "baker",
            "fisher",
            "teacher",
            "doctor",
            "tailor",
            "sailor",
            "gardener",
            "painter",
            "carpenter",
            "cook",
            "nurse",
            "smith",
            "potter",
            "weaver",
            "farmer",
            "singer");
    static final List<String> PETS =
            List.of("cat", "dog", "parrot", "rabbit", "goat", "duck", "pony", "turtle", "hen", "mouse");
    static final List<String> PET_NAMES = List.of(
            "Pip", "Coco", "Bingo", "Daisy", "Fluff", "Ginger", "Hector", "Jumbo", "Kiki", "Lucky", "Misty", "Nemo",
            "Olive", "Pepper", "Queenie", "Rusty", "Sunny", "Toffee", "Velvet", "Whisky", "Ziggy", "Bobby", "Candy",
            "Dusty", "Elmo", "Fanny", "Gizmo", "Honey", "Inky", "Jolly", "Lemon", "Mango", "Nutmeg", "Otis", "Pixie",
            "Ruby", "Smoky", "Teddy", "Umbra", "Wanda", "Yoyo", "Zorro", "Bubbles", "Clover", "Dandy", "Ember",
            "Figaro", "Goldie");
    static final List<String> COLOURS = List.of("red", "blue", "green", "yellow", "white", "black", "purple", "pink");
    static final List<String> HOBBIES =
            List.of("swim", "sing", "paint", "read", "dance", "knit", "sail", "run", "fish", "cook");
    static final List<String> DAYS = List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday");
    static final Map<String, List<String>> SHELVES = ImmutableMap.<String, List<String>>builder()
            .put("bakery", List.of("loaf", "bun", "cake", "pie", "biscuit"))
            .put("fish shop", List.of("herring", "crab", "eel", "salmon", "oyster"))
            .put("fruit stall", List.of("apple", "pear", "melon", "lemon", "plum"))
            .put("dairy", List.of("cheese", "egg", "jug of milk", "pot of honey", "pat of butter"))
            .put("hat shop", List.of("hat", "scarf", "cap", "ribbon", "belt"))
            .put("toy shop", List.of("kite", "ball", "drum", "doll", "whistle"))
            .put("tool shop", List.of("lamp", "rope", "bucket", "hammer", "broom"))
            .put("book shop", List.of("book", "map", "pen", "card", "candle"))
            .build();

    private Words() {}
}
