/** Tests of the example programs and of their quotes in the documentation. */
@NullMarked
package org.jmoe.app.examples;

import org.jspecify.annotations.NullMarked;
