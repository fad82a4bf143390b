/** Small programs to start from; the README quotes them and a test runs them. */
@NullMarked
package org.jmoe.app.examples;

import org.jspecify.annotations.NullMarked;
