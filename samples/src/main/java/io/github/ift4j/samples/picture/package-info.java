/** What the pictures of the command have in common: their files and their style. */
package io.github.ift4j.samples.picture;
