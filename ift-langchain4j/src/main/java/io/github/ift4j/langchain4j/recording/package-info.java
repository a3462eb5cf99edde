/** Recording what users and models say to each other, as far as they agreed to it, for learning from the good part. */
package io.github.ift4j.langchain4j.recording;
