package io.github.ift4j.samples.tiny;

import java.util.List;

/** What a question is about, its wordings, and the one answer that is right. */
public enum QuestionKind {
    /** Where a person lives. */
    HOME(
            Subject.PERSON,
            "{name} lives in {street}.",
            "Where does {name} live?",
            "In which street does {name} live?",
            "Where is the house of {name}?",
            "Can you tell me where {name} lives?",
            "What is {name}'s address?"),
    /** A person's trade. */
    JOB(
            Subject.PERSON,
            "{name} is a {job}.",
            "What does {name} do for a living?",
            "What is {name}'s job?",
            "What does {name} work as?",
            "Which trade has {name} learned?",
            "Can you tell me what {name}'s job is?"),
    /** A person's animal. */
    PET(
            Subject.PERSON,
            "{name} has a {pet} called {petName}.",
            "What pet does {name} have?",
            "Which animal does {name} keep?",
            "What is {name}'s pet?",
            "Does {name} have a pet?",
            "Tell me about the pet of {name}."),
    /** A person's favourite colour. */
    COLOUR(
            Subject.PERSON,
            "{name}'s favourite colour is {colour}.",
            "What is {name}'s favourite colour?",
            "Which colour does {name} like best?",
            "What colour does {name} love?",
            "Do you know the favourite colour of {name}?",
            "Which colour should a scarf for {name} have?"),
    /** What a person likes to do. */
    HOBBY(
            Subject.PERSON,
            "{name} likes to {hobby}.",
            "What does {name} like to do?",
            "What is {name}'s hobby?",
            "How does {name} spend the evening?",
            "What does {name} do for fun?",
            "Which hobby does {name} have?"),
    /** When a person goes to the market. */
    MARKET_DAY(
            Subject.PERSON,
            "{name} goes to the market on {day}.",
            "When does {name} go to the market?",
            "On which day does {name} go to the market?",
            "What is {name}'s market day?",
            "When can I meet {name} at the market?",
            "Which day is {name}'s day for the market?"),
    /** Who lives next door. */
    NEIGHBOUR(
            Subject.PERSON,
            "{name}'s neighbour is {neighbour}.",
            "Who is {name}'s neighbour?",
            "Who lives next to {name}?",
            "Who lives next door to {name}?",
            "Can you tell me who {name}'s neighbour is?",
            "What is the name of {name}'s neighbour?"),
    /** In two steps: the animal of the person next door. */
    NEIGHBOUR_PET(
            Subject.PERSON,
            "{name}'s neighbour is {name2}. {name2} has a {pet2} called {petName2}.",
            "What pet does {name}'s neighbour have?",
            "Which animal does the neighbour of {name} keep?",
            "What is the pet of {name}'s neighbour?",
            "Which pet lives next door to {name}?"),
    /** In two steps: the trade of the person next door. */
    NEIGHBOUR_JOB(
            Subject.PERSON,
            "{name}'s neighbour is {name2}. {name2} is a {job2}.",
            "What does {name}'s neighbour do for a living?",
            "What is the job of {name}'s neighbour?",
            "What does the neighbour of {name} work as?",
            "Which trade has {name}'s neighbour learned?"),
    /** A person in one sentence. */
    ABOUT(
            Subject.PERSON,
            "{name} is a {job} in {street} and has a {pet} called {petName}.",
            "Tell me about {name}.",
            "Who is {name}?",
            "What do you know about {name}?",
            "Do you know {name}?"),
    /** Somebody who is not of the town, asked for in any of the wordings above. */
    UNKNOWN(Subject.STRANGER, "Sorry, I do not know anyone of that name."),
    /** What a thing costs. */
    PRICE(
            Subject.GOOD,
            "{A} costs {price}.",
            "What does {a} cost?",
            "How much is {a}?",
            "What is the price of {a}?",
            "How many coins do I need for {a}?",
            "What do I have to pay for {a}?"),
    /** Where a thing is sold. */
    SHOP(
            Subject.GOOD,
            "You can buy {a} at the {shop}.",
            "Where can I buy {a}?",
            "Which shop sells {a}?",
            "Where do I get {a}?",
            "I need {a}. Where should I go?",
            "In which shop do they have {a}?"),
    /** What is left of ten coins after buying a thing. */
    CHANGE(
            Subject.GOOD,
            "{A} costs {price}. 10 - {n} = {left}. You have {change} left.",
            "I have 10 coins and buy {a}. How many are left?",
            "How much of my 10 coins is left if I buy {a}?",
            "I pay for {a} with 10 coins. What do I get back?",
            "If I buy {a}, what is left of 10 coins?"),
    /** What two things cost together. */
    SUM(
            Subject.TWO_GOODS,
            "{A} costs {price} and {a2} costs {price2}. {n} + {n2} = {sum}. Together they cost {total}.",
            "What do {a} and {a2} cost together?",
            "How much are {a} and {a2}?",
            "I want {a} and {a2}. How much is that?",
            "How many coins do I need for {a} and {a2}?"),
    /** Which of two things costs less. */
    CHEAPER(
            Subject.TWO_GOODS,
            "{A} costs {price} and {a2} costs {price2}. {verdict}",
            "Which is cheaper, {a} or {a2}?",
            "What costs less, {a} or {a2}?",
            "Is {a} cheaper than {a2}?",
            "Should I buy {a} or {a2} to save money?");

    private final Subject subject;
    private final Template answer;
    private final List<Template> wordings;

    QuestionKind(Subject subject, String answer, String... wordings) {
        this.subject = subject;
        this.answer = new Template(answer);
        this.wordings = List.of(wordings).stream().map(Template::new).toList();
    }

    /** What a question of this kind asks about. */
    Subject subject() {
        return subject;
    }

    /** Whether the answer takes two steps, the first being who lives next door. */
    boolean isChain() {
        return this == NEIGHBOUR_PET || this == NEIGHBOUR_JOB;
    }

    /** The right answer, with gaps. */
    Template answer() {
        return answer;
    }

    /** The ways to ask, with gaps. */
    List<Template> wordings() {
        return wordings;
    }

    /** What a question is asked about. */
    enum Subject {
        /** One of the townspeople. */
        PERSON,
        /** A name that nobody in the town has. */
        STRANGER,
        /** One thing that is sold. */
        GOOD,
        /** Two different things in an order. */
        TWO_GOODS
    }
}
