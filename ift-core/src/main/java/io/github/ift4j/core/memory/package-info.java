/** Memory outside the heap, where tensors lie. */
package io.github.ift4j.core.memory;
