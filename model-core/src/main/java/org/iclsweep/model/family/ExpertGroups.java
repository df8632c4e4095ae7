package org.iclsweep.model.family;

import org.iclsweep.datasets.fault.Scope;

/**
 * The groups that a token's experts are chosen from (arXiv:2412.19437, section 2.1.2), and the fields that name their
 * numbers.
 *
 * @param experts E
 * @param chosen experts of a token
 * @param groups of neighbouring experts
 * @param chosenGroups groups that a token chooses from
 */
record ExpertGroups(int experts, int chosen, int groups, int chosenGroups) {
    /** The names of the fields. */
    record Names(String experts, String chosen, String groups, String chosenGroups) {}

    /** These groups; notes a fault for each number that does not go together with the others. */
    ExpertGroups checked(Names names, Scope scope) {
        FamilyFields.divisor(scope, names.groups(), groups, names.experts(), experts);
        int each = experts / groups;
        if (each < 2) {
            scope.in(names.groups()).unexpected("groups of at least two of " + names.experts() + " = " + experts);
        }
        if (chosenGroups > groups) {
            scope.in(names.chosenGroups()).unexpected("at most " + names.groups() + " = " + groups);
        }
        if (chosen > each * chosenGroups) {
            scope.in(names.chosen()).unexpected("at most the experts of the chosen groups, " + each * chosenGroups);
        }
        return this;
    }
}
