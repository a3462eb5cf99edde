/** Files that exist whole or not at all. */
package io.github.ift4j.core.files;
