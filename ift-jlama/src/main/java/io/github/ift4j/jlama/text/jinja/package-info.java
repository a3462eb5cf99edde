/**
 * An interpreter for the chat templates of HuggingFace models: Jinja2 3.1 set up as transformers does.
 *
 * <p>Templates are untrusted. There is no reflection: a template reaches values, never objects of the host. Size, depth, work
 * and output are bounded by {@link io.github.ift4j.jlama.text.jinja.Limits}.
 *
 * <p>Values are those of JSON and what Python makes of them: {@code null} (None), {@code Boolean}, {@code Long},
 * {@code BigInteger} (passed through), {@code Double}, {@code String} (indexed by code points), {@code List}, {@code Map},
 * {@link io.github.ift4j.jlama.text.jinja.Tuple}, {@link io.github.ift4j.jlama.text.jinja.Undefined}, and the iterators and
 * functions of this package.
 */
package io.github.ift4j.jlama.text.jinja;
